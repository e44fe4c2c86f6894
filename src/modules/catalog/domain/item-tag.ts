import { createHash } from 'node:crypto';

/**
 * What an item's entity tag says: its version and its quantity, besides a digest of the exact bytes. A change of the
 * content needs the version to match; one that sets the stock needs the quantity to match too, or it would undo a sale.
 */
export interface ItemTag {
  readonly version: number;
  readonly quantity: number;
}

const DIGEST_LENGTH = 16;
const TAG = /^"(\d{1,10})\.(\d{1,10})\.[\w-]+"$/;
const ENTITY_TAG = /(?:W\/)?"[^"]*"/g;

/** A strong entity tag: any other byte gives another one. */
export function entityTagOf(bytes: string): string {
  return `"${digestOf(bytes)}"`;
}

/** An item's entity tag, the same from a read and from the write before it. @param bytes the item as clients get it */
export function itemTagOf({ version, quantity }: ItemTag, bytes: string): string {
  return `"${version}.${quantity}.${digestOf(bytes)}"`;
}

/**
 * Evaluates `If-Match` by strong comparison: a weak tag matches nothing.
 * @param header undefined when the client sent none, and then every item matches
 */
export function matchesItem(header: string | undefined, current: ItemTag, setsStock: boolean): boolean {
  if (header === undefined || header.trim() === '*') return true;
  return (header.match(ENTITY_TAG) ?? []).some((tag) => {
    const [, version, quantity] = TAG.exec(tag) ?? [];
    return Number(version) === current.version && (!setsStock || Number(quantity) === current.quantity);
  });
}

function digestOf(bytes: string): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, DIGEST_LENGTH);
}
