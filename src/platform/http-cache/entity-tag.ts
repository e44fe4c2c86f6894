const ENTITY_TAG = /(?:W\/)?"[^"]*"/g;

/** Evaluates `If-None-Match` (weak comparison, RFC 9110). */
export function matchesAny(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header === tag || header.trim() === '*') return true;
  return (header.match(ENTITY_TAG) ?? []).some((candidate) => candidate.replace(/^W\//, '') === tag);
}
