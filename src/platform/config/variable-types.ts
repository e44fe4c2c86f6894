/** What a variable's text may be, and the value that it becomes. */
export interface Kind<T> {
  /** Completes the sentence "it wants …": the form and the bounds. */
  readonly wants: string;
  /** Returns undefined when the text is not of this kind. */
  readonly parse: (text: string) => T | undefined;
  /** It may come from a file instead, and a message does not show it as it is. */
  readonly secret?: boolean;
  /** What a message shows of a wrong text; without it all of it, of a secret nothing. */
  readonly show?: (text: string) => string;
}

/** A variable that can be set from outside. */
interface Declared<T> {
  readonly kind: Kind<T>;
  /** One or two sentences for the operator who sets it. */
  readonly meaning: string;
  /** Refused in production, with this reason, unless it has its default. */
  readonly developmentOnly?: string;
}

/** Without a value the process does not start. */
export interface RequiredVariable<T> extends Declared<T> {
  readonly presence: 'required';
}

/** Without a value it has its default. */
export interface DefaultedVariable<T> extends Declared<T> {
  readonly presence: 'defaulted';
  readonly default: T;
}

/** Without a value it is undefined, and its reader decides. */
export interface DerivedVariable<T> extends Declared<T> {
  readonly presence: 'derived';
  /** Says in words what then holds. */
  readonly otherwise: string;
}

/** Any variable of the table. */
export type Variable = RequiredVariable<unknown> | DefaultedVariable<unknown> | DerivedVariable<unknown>;

/** What a variable is in code. */
export type ValueOf<V> = V extends RequiredVariable<infer T> | DefaultedVariable<infer T>
  ? T
  : V extends DerivedVariable<infer T>
    ? T | undefined
    : never;
