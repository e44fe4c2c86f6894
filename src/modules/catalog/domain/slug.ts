import { createHash } from 'node:crypto';

const WORDS_LENGTH_MAX = 80;
const MARK_LENGTH = 10;

/** Latin letters and digits with hyphens between; empty when nothing of the text can be written so. */
export function slugify(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('æ', 'ae')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l');
  return plain
    .replaceAll(/['’]/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, WORDS_LENGTH_MAX)
    .replace(/-+$/, '');
}

/**
 * An item's slug: readable by its title, unique by a mark of its SKU, the same in each import.
 * It never has the form of a UUID, so that an id and a slug can share a path parameter.
 */
export function itemSlug(title: string, sku: string): string {
  const mark = createHash('sha256').update(sku).digest('hex').slice(0, MARK_LENGTH);
  return `${slugify(title) || 'item'}-${mark}`;
}
