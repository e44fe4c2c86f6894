import type { Item } from '../domain/item.js';
import type { CategoryPageDto, HomeDto, ItemPageDto } from './catalog.dto.js';
import { presentItem } from './item.presenter.js';

/** Makes the home page. */
export function presentHome({
  sections,
  generatedAt,
}: {
  readonly sections: readonly { readonly slug: string; readonly title: string; readonly items: readonly Item[] }[];
  readonly generatedAt: Date;
}): HomeDto {
  return {
    sections: sections.map(({ slug, title, items }) => ({ slug, title, items: items.map(presentItem) })),
    generatedAt: generatedAt.toISOString(),
  };
}

/** Makes a page of items. */
export function presentItemPage({
  items,
  nextCursor,
}: {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}): ItemPageDto {
  return { data: items.map(presentItem), nextCursor };
}

/** Makes a page of categories. */
export function presentCategoryPage({
  categories,
  nextCursor,
}: {
  readonly categories: readonly { readonly slug: string; readonly title: string }[];
  readonly nextCursor: string | null;
}): CategoryPageDto {
  return { data: categories.map(({ slug, title }) => ({ slug, title })), nextCursor };
}
