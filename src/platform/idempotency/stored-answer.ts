import { PROBLEM_MEDIA_TYPE, problemHeaders, toProblemBody, type Problem } from '../problems/index.js';

/** What a request is answered with; stored together with its effect. */
export interface Answer {
  readonly status: number;
  /** Becomes JSON once, here; undefined is an empty body. */
  readonly body?: unknown;
  /** Headers that belong to the answer and are replayed with it, such as `Location` and `ETag`. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The work goes on without the request: this is replayed, and the key kept, until `complete` stores the final answer.
   */
  readonly provisional?: boolean;
}

/**
 * Makes the answer of a route from the result of its use case; pure, so that a recovery answers as the request would
 * have.
 */
export type Presenter<Result> = (result: Result) => Answer;

/** A presenter without its result type, which the route's decorator has compared with the handler's. */
export type AnyPresenter = Presenter<never>;

/** For a route that has nothing to say but that it is done: 204. */
export const presentNoContent = (_result: void): Answer => ({ status: 204 });

/** Serialises what the presenter makes of a result. */
export function present(presenter: AnyPresenter, result: unknown): StoredAnswer {
  return toStoredAnswer((presenter as Presenter<unknown>)(result));
}

/** An answer as bytes: what the first caller gets and every replay repeats. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly provisional?: boolean;
}

const JSON_MEDIA_TYPE = 'application/json; charset=utf-8';

/** Serialises an answer; from here on its bytes never change. */
export function toStoredAnswer({ status, body, headers = {}, provisional }: Answer): StoredAnswer {
  const lowerCased = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (body === undefined) return { status, headers: lowerCased, body: Buffer.alloc(0), provisional };
  return {
    status,
    headers: { 'content-type': JSON_MEDIA_TYPE, ...lowerCased },
    body: Buffer.from(JSON.stringify(body)),
    provisional,
  };
}

/** The same for a refusal; equal to what the problem filter sends for it. */
export function toStoredProblem(problem: Problem, instance: string): StoredAnswer {
  return {
    status: problem.status,
    headers: { ...problemHeaders(problem), 'content-type': PROBLEM_MEDIA_TYPE },
    body: Buffer.from(JSON.stringify(toProblemBody(problem, instance))),
  };
}
