import { IdempotencyProblems } from './idempotency.problems.js';

const HEADER = 'idempotency-key';
export const KEY_LENGTH_MAX = 255;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
/** A structured-field string (RFC 8941): quotes and backslashes inside are escaped. */
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;

/**
 * Reads the key from the header lines as they came: two lines joined by the server would look like one key.
 * @param rawHeaders names and values in turn, as `IncomingMessage.rawHeaders` has them
 * @returns the key; a quoted structured-field string means the same as the bare one
 * @throws Problem `idempotency_key_missing` or `idempotency_key_invalid`
 */
export function readIdempotencyKey(rawHeaders: readonly string[]): string {
  const lines = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === HEADER);
  const [line] = lines;
  if (line === undefined)
    throw IdempotencyProblems.idempotency_key_missing(
      'This route changes state and needs an `Idempotency-Key` header.',
    );
  if (lines.length > 1)
    throw IdempotencyProblems.idempotency_key_invalid(
      'The header came more than once, so it is not clear which key is meant.',
    );
  const key = unquote(line.trim());
  if (key === undefined)
    throw IdempotencyProblems.idempotency_key_invalid('The key begins like a quoted string and is not one.');
  if (key.length > KEY_LENGTH_MAX)
    throw IdempotencyProblems.idempotency_key_invalid(`The key is longer than ${KEY_LENGTH_MAX} characters.`);
  if (!VISIBLE_ASCII.test(key))
    throw IdempotencyProblems.idempotency_key_invalid(
      'The key is empty or holds something other than visible ASCII characters.',
    );
  return key;
}

function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  return QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
}
