import { STATUS_CODES } from 'node:http';
import type { Problem } from './problem.js';

/** The wire shape of RFC 9457 with our `code` and, for validation, `errors`. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  errors?: readonly { pointer: string; message: string }[];
  [extension: string]: unknown;
}

/** Media type of every error answer. */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

const INSTANCE_LENGTH_MAX = 500;

/**
 * The path that a problem names as its `instance`: without the query, and for a route that carries a secret in
 * its path (`:token`) the route's pattern, since both may be logged and stored.
 */
export function instanceOf(url: string, route: string | undefined): string {
  if (route?.includes(':token')) return route;
  const end = url.indexOf('?');
  return (end === -1 ? url : url.slice(0, end)).slice(0, INSTANCE_LENGTH_MAX);
}

/** Renders a problem for the {@link instanceOf} of its request. */
export function toProblemBody(problem: Problem, instance: string): ProblemBody {
  return {
    type: `/problems/${problem.code}`,
    title: problem.definition.title || (STATUS_CODES[problem.status] ?? 'Error'),
    status: problem.status,
    detail: problem.detail,
    instance,
    code: problem.code,
    ...(problem.details.errors ? { errors: problem.details.errors } : {}),
    ...problem.details.extensions,
  };
}

/** Headers that belong to the problem: `Retry-After` and what the occurrence adds. */
export function problemHeaders(problem: Problem): Record<string, string> {
  const { retryAfterSeconds, headers } = problem.details;
  const base: Record<string, string> = { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store', ...headers };
  if (retryAfterSeconds !== undefined) base['retry-after'] = String(Math.max(1, Math.ceil(retryAfterSeconds)));
  return base;
}
