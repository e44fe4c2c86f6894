import { ITEM_BOUNDS } from '../domain/item.js';
import { slugify } from '../domain/slug.js';

/** A row that cannot be imported, and why. */
export interface Reject {
  readonly line: number;
  readonly column: string;
  readonly reason: string;
  readonly value: string;
}

/** Ends the reading of a row; becomes a {@link Reject}. */
export class UnusableRow extends Error {
  constructor(
    readonly column: string,
    readonly reason: string,
    readonly value: string,
  ) {
    super(`${column} ${reason}`);
  }
}

const CATEGORY_LEVELS_MAX = 3;
const CATEGORY_TITLE_MAX = 100;
const VALUE_SHOWN_MAX = 80;

/** For the report: a megabyte in a field must not become a megabyte in the rejects file. */
export function shorten(value: string): string {
  const visible = value.slice(0, VALUE_SHOWN_MAX + 1).replaceAll(/[\p{Cc}\ufffd]/gu, '\u00b7');
  return value.length > VALUE_SHOWN_MAX
    ? `${visible.slice(0, VALUE_SHOWN_MAX)}… (${value.length} characters)`
    : visible;
}

/** @throws UnusableRow when the text is missing or too long */
export function required(column: string, value: string, lengthMax: number): string {
  if (value === '') throw new UnusableRow(column, 'is missing', value);
  return optional(column, value, lengthMax);
}

/** @throws UnusableRow when the text is too long */
export function optional(column: string, value: string, lengthMax: number): string {
  if (value.length > lengthMax) throw new UnusableRow(column, `is longer than ${lengthMax} characters`, value);
  return value;
}

/** @throws UnusableRow for anything but a whole number within bounds */
export function wholeQuantity(column: string, value: string): number {
  if (!/^[+-]?\d+(?:\.0+)?$/.test(value)) throw new UnusableRow(column, 'is not a whole number', value);
  const quantity = Number(value);
  if (quantity < 0) throw new UnusableRow(column, 'is less than zero', value);
  if (quantity > ITEM_BOUNDS.quantityMax)
    throw new UnusableRow(column, `is more than ${ITEM_BOUNDS.quantityMax}`, value);
  return quantity;
}

/** @throws UnusableRow for anything but http and https */
export function imageUrls(column: string, values: readonly string[]): string[] {
  const given = values.filter((value) => value !== '');
  for (const value of given) {
    const url = value.length <= ITEM_BOUNDS.urlMax && URL.canParse(value) ? new URL(value) : undefined;
    if (!url || !['http:', 'https:'].includes(url.protocol))
      throw new UnusableRow(column, 'is not an http or https address', value);
  }
  return [...new Set(given)].slice(0, ITEM_BOUNDS.imagesMax);
}

/** `Books > English` becomes the categories `books` and `books-english`. */
export function categoryPath(text: string): { slug: string; title: string }[] {
  const titles = text
    .split('>')
    .map((part) => part.trim().slice(0, CATEGORY_TITLE_MAX))
    .filter((part) => slugify(part) !== '');
  const path = titles
    .slice(0, CATEGORY_LEVELS_MAX)
    .map((title, level) => ({ slug: slugify(titles.slice(0, level + 1).join(' ')), title }));
  return path.filter(({ slug }, index) => path.findIndex((other) => other.slug === slug) === index);
}
