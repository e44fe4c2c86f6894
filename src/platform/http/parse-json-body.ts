import { HttpProblems, type Problem } from '../problems/index.js';

/** Deeper bodies than this are an attack on recursive code, not a request. */
const DEPTH_MAX = 32;
/** More values than this cost more to validate than any of our requests needs. */
const VALUES_MAX = 20_000;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Parses a JSON body of valid UTF-8.
 * @throws Problem `malformed_json` when it is not JSON, `validation_failed` for keys that could reach a
 * prototype, NUL characters (PostgreSQL stores none), lone surrogates, and bodies that are absurdly deep or wide
 */
export function parseJsonBody(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    throw HttpProblems.malformed_json('The body is not well-formed JSON in UTF-8.');
  }
  const refusal = refusalOf(value);
  if (refusal) throw refusal;
  return value;
}

interface Visit {
  value: unknown;
  pointer: string;
  depth: number;
}

/** Walks without recursion, so that a deep body cannot exhaust the stack. */
function refusalOf(root: unknown): Problem | undefined {
  const visits: Visit[] = [{ value: root, pointer: '', depth: 0 }];
  let seen = 0;
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { value, pointer, depth } = visit;
    if (++seen > VALUES_MAX) return invalid('', `must not hold more than ${VALUES_MAX} values`);
    if (typeof value === 'string' && !isStorable(value))
      return invalid(pointer, 'must not hold NUL characters or lone surrogates');
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= DEPTH_MAX) return invalid('', `must not be nested deeper than ${DEPTH_MAX}`);
    const entries = Object.entries(value);
    if (seen + entries.length > VALUES_MAX) return invalid('', `must not hold more than ${VALUES_MAX} values`);
    for (const [key, inner] of entries) {
      if (FORBIDDEN_KEYS.has(key) || !isStorable(key))
        return invalid(`${pointer}/${key.slice(0, 40)}`, 'is not an allowed name');
      visits.push({ value: inner, pointer: `${pointer}/${escapePointer(key)}`, depth: depth + 1 });
    }
  }
  return undefined;
}

/**
 * Checks a query for the same: names that could reach a prototype, and text that cannot be stored.
 * @returns the refusal, or undefined when the query is fine
 */
export function refuseQuery(query: Readonly<Record<string, unknown>>): Problem | undefined {
  for (const [key, value] of Object.entries(query)) {
    const parts = key.split(/[.[\]]+/);
    if (parts.some((part) => FORBIDDEN_KEYS.has(part)))
      return invalid(`/${key.slice(0, 40)}`, 'is not an allowed name');
    const texts = Array.isArray(value) ? value : [value];
    if (texts.some((text) => typeof text === 'string' && !isStorable(text)))
      return invalid(`/${key.slice(0, 40)}`, 'must not hold NUL characters or lone surrogates');
  }
  return undefined;
}

/** Whether PostgreSQL can store the text and JSON can carry it back unchanged. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

function invalid(pointer: string, message: string): Problem {
  return HttpProblems.validation_failed('The request is not valid; `errors` names the fields.', {
    errors: [{ pointer, message }],
  });
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
