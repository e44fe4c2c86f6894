import type { ItemTag, Precondition } from '../domain/item-tag.js';

const TAG = /^"(\d{1,10})\.(\d{1,10})\.[\w-]+"$/;
const ENTITY_TAG = /(?:W\/)?"[^"]*"/g;

/**
 * Reads `If-Match` for a strong comparison: a weak tag, or one that is not an item's, matches nothing.
 * @param header undefined when the client sent none, and then every item matches
 */
export function readIfMatch(header: string | undefined): Precondition {
  if (header === undefined || header.trim() === '*') return 'any';
  return (header.match(ENTITY_TAG) ?? []).flatMap((text): ItemTag[] => {
    const [, version, quantity] = TAG.exec(text) ?? [];
    return version === undefined ? [] : [{ version: Number(version), quantity: Number(quantity) }];
  });
}
