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

/** A strong entity tag: any other byte gives another one. */
export function entityTagOf(bytes: string): string {
  return `"${digestOf(bytes)}"`;
}

/** An item's entity tag, the same from a read and from the write before it. @param bytes the item as clients get it */
export function itemTagOf({ version, quantity }: ItemTag, bytes: string): string {
  return `"${version}.${quantity}.${digestOf(bytes)}"`;
}

/** The state that a change is based on: one of these tags, or any. */
export type Precondition = 'any' | readonly ItemTag[];

/** @param setsStock whether the change sets the stock, so that the quantity has to match too */
export function matchesItem(precondition: Precondition, current: ItemTag, setsStock: boolean): boolean {
  if (precondition === 'any') return true;
  return precondition.some(
    ({ version, quantity }) => version === current.version && (!setsStock || quantity === current.quantity),
  );
}

function digestOf(bytes: string): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, DIGEST_LENGTH);
}
