import { Injectable } from '@nestjs/common';
import type { HomeDto } from './http/catalog.dto.js';
import { toItemDto } from './http/item.dto.js';
import { Categories } from './persistence/categories.js';
import { ItemPages, type PageRequest } from './persistence/item-pages.js';

const SECTION_SIZE = 12;
/** The first shelves have a row each; more would make the hottest answer needlessly large. */
const CATEGORY_SECTIONS_MAX = 4;

interface SectionPlan extends Pick<PageRequest, 'sort' | 'category'> {
  readonly slug: string;
  readonly title: string;
}

/** The home page: what is popular, what is new, and the best of the first categories. */
@Injectable()
export class ReadHome {
  constructor(
    private readonly pages: ItemPages,
    private readonly categories: Categories,
  ) {}

  async execute(): Promise<HomeDto> {
    const shelves = await this.categories.page(CATEGORY_SECTIONS_MAX, undefined);
    const plans: SectionPlan[] = [
      { slug: 'popular', title: 'Popular now', sort: 'popular' },
      { slug: 'new', title: 'Just arrived', sort: 'newest' },
      ...shelves.map(({ slug, title }): SectionPlan => ({ slug: `category-${slug}`, title, sort: 'popular', category: slug })),
    ];
    const sections: HomeDto['sections'] = [];
    // One after the other: the busiest page must not take the whole pool at once.
    for (const { slug, title, sort, category } of plans) {
      const rows = await this.pages.page({ sort, category, limit: SECTION_SIZE });
      if (rows.length > 0) sections.push({ slug, title, items: rows.map(({ item }) => toItemDto(item)) });
    }
    return { sections, generatedAt: wholeSecond(new Date()) };
  }
}

/** So that processes which put the same page together in the same second give the same bytes and tag. */
function wholeSecond(now: Date): string {
  return new Date(Math.floor(now.getTime() / 1_000) * 1_000).toISOString();
}
