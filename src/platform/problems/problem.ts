/** The log level of a problem. */
export type ProblemLogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One row of the error catalogue (RFC 9457). */
export interface ProblemDefinition {
  readonly status: number;
  readonly title: string;
  /** What a client should do about it; shown on the problem's own page. */
  readonly repair: string;
  readonly log: ProblemLogLevel;
  /** Whether the same request may succeed later without a change. */
  readonly retry: boolean;
}

/** A field that failed validation: RFC 6901 pointer into the body, or the parameter's name. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** What a single occurrence adds to its definition. */
export interface ProblemDetails {
  readonly errors?: readonly FieldError[];
  /** Members that go into the answer beside the standard ones. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** The one error that becomes an HTTP answer; its detail is shown to clients, its cause only logged. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly code: string,
    readonly definition: ProblemDefinition,
    readonly detail: string,
    readonly details: ProblemDetails = {},
  ) {
    super(`${code}: ${detail}`, { cause: details.cause });
  }

  get status(): number {
    return this.definition.status;
  }
}

/** Makes one kind of problem: say what happened and why. */
export type ProblemFactory = (detail: string, details?: ProblemDetails) => Problem;

const catalogue = new Map<string, ProblemDefinition>();

/**
 * Adds rows to the catalogue and returns a typed factory for each.
 * @throws Error when the catalogue has the code with another title
 */
export function defineProblems<const T extends Record<string, ProblemDefinition>>(
  definitions: T,
): { readonly [K in keyof T]: ProblemFactory } {
  const factories = Object.entries(definitions).map(([code, definition]) => {
    const known = catalogue.get(code);
    if (known && known.title !== definition.title) throw new Error(`Problem code "${code}" is defined twice.`);
    catalogue.set(code, definition);
    const factory: ProblemFactory = (detail, details) => new Problem(code, definition, detail, details);
    return [code, factory];
  });
  return Object.freeze(Object.fromEntries(factories)) as { readonly [K in keyof T]: ProblemFactory };
}

/** Every problem that this build can answer with, by code. */
export function allProblems(): ReadonlyMap<string, ProblemDefinition> {
  return catalogue;
}
