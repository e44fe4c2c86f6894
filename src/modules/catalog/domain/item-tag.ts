/**
 * An item's entity tag: its version, its quantity, and a mark of the exact bytes. A change of the content needs the
 * version to match; one that sets the stock needs the quantity to match too, or it would undo a sale.
 */
export interface ItemTag {
  readonly version: number;
  readonly quantity: number;
}

const TAG = /^"(\d{1,10})\.(\d{1,10})\.[\w-]+"$/;
const ENTITY_TAG = /(?:W\/)?"[^"]*"/g;

export function formatItemTag({ version, quantity }: ItemTag, mark: string): string {
  return `"${version}.${quantity}.${mark}"`;
}

/**
 * Judges `If-Match` (strong comparison: a weak tag matches nothing).
 * @param header undefined when the client sent none, and then every item matches
 */
export function matchesItem(header: string | undefined, current: ItemTag, setsStock: boolean): boolean {
  if (header === undefined || header.trim() === '*') return true;
  return (header.match(ENTITY_TAG) ?? []).some((tag) => {
    const match = TAG.exec(tag);
    return (
      match !== null && Number(match[1]) === current.version && (!setsStock || Number(match[2]) === current.quantity)
    );
  });
}
