import { createHash } from 'node:crypto';
import { formatItemTag } from '../domain/item-tag.js';
import type { ItemDto } from './item.dto.js';

const MARK_LENGTH = 16;

/** A strong entity tag: any other byte gives another one. */
export function tagOf(bytes: string): string {
  return `"${markOf(bytes)}"`;
}

/** An item's entity tag, the same from a read and from the write before it. */
export function itemTagOf(item: ItemDto, bytes: string = JSON.stringify(item)): string {
  return formatItemTag({ version: item.version, quantity: item.availability.quantity }, markOf(bytes));
}

function markOf(bytes: string): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, MARK_LENGTH);
}
