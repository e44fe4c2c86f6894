import { Injectable } from '@nestjs/common';
import type { Served } from '../../platform/cache/index.js';
import { CatalogCaches, tagsOfPage } from './cache/catalog-caches.js';
import type { HomeDto } from './contract/catalog.dto.js';
import { toItemDto } from './contract/item.dto.js';
import { HomePage, type Shelved } from './persistence/home-page.js';

const SECTION_SIZE = 12;
/** The first shelves have a row each; more would make the hottest answer needlessly large. */
const CATEGORY_SECTIONS_MAX = 4;

/** There is one home page. */
export const HOME_KEY = 'all';

/** The home page: the hottest answer of all. */
@Injectable()
export class ReadHome {
  constructor(
    private readonly caches: CatalogCaches,
    private readonly page: HomePage,
  ) {}

  async execute(): Promise<Served> {
    return this.caches.home.read(HOME_KEY, async (recency) => {
      const { rows, version } = await this.page.read({
        sectionSize: SECTION_SIZE,
        categoriesMax: CATEGORY_SECTIONS_MAX,
        recency,
      });
      const value: HomeDto = { sections: toSections(rows), generatedAt: wholeSecond(new Date()) };
      return { value, version, tags: tagsOfPage(rows.map(({ item }) => item)) };
    });
  }
}

/** Neighbours of one section, in the order of the rows. */
function toSections(rows: readonly Shelved[]): HomeDto['sections'] {
  const sections: HomeDto['sections'] = [];
  for (const { section, item } of rows) {
    if (sections.at(-1)?.slug !== section.slug) sections.push({ ...section, items: [] });
    sections.at(-1)?.items.push(toItemDto(item));
  }
  return sections;
}

/** So that processes which put the same page together in the same second give the same bytes and tag. */
function wholeSecond(now: Date): string {
  return new Date(Math.floor(now.getTime() / 1_000) * 1_000).toISOString();
}
