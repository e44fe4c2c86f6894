import type { Kind } from './variable-kinds.js';

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

/** Declares a variable without which the process does not start. */
export const required = <T>(kind: Kind<T>, meaning: string): RequiredVariable<T> => ({
  presence: 'required',
  kind,
  meaning,
});

/** Declares a variable that has a default. */
export const defaulted = <T>(kind: Kind<T>, value: NoInfer<T>, meaning: string): DefaultedVariable<T> => ({
  presence: 'defaulted',
  kind,
  meaning,
  default: value,
});

/** Declares a variable whose absence means something else than a fixed value. */
export const derived = <T>(kind: Kind<T>, otherwise: string, meaning: string): DerivedVariable<T> => ({
  presence: 'derived',
  kind,
  meaning,
  otherwise,
});

/** Marks a variable that would hurt customers. */
export const developmentOnly = <V extends Variable>(variable: V, reason: string): V => ({
  ...variable,
  developmentOnly: reason,
});
