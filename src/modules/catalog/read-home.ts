import { Injectable } from '@nestjs/common';
import type { Recency } from '../../platform/cache/index.js';
import type { CacheableResult } from '../../platform/http-cache/index.js';
import { tagsOfPage } from './cache/catalog-caches.js';
import type { Item } from './domain/item.js';
import { HomePage, type SectionItem } from './persistence/home-page.js';

const SECTION_SIZE = 12;
/** The first categories have a section each; more would make the hottest answer needlessly large. */
const CATEGORY_SECTIONS_MAX = 4;

/** There is one home page. */
export const HOME_KEY = 'all';

/** The home page as it is read. */
export interface Home {
  readonly sections: readonly HomeSection[];
  readonly generatedAt: Date;
}

/** A row of items on the home page. */
export interface HomeSection {
  readonly slug: string;
  readonly title: string;
  readonly items: readonly Item[];
}

/** The home page: the hottest answer of all. */
@Injectable()
export class ReadHome {
  constructor(private readonly page: HomePage) {}

  async execute(recency: Recency): Promise<CacheableResult<Home>> {
    const { rows, version } = await this.page.read({
      sectionSize: SECTION_SIZE,
      categoriesMax: CATEGORY_SECTIONS_MAX,
      recency,
    });
    const value: Home = { sections: toSections(rows), generatedAt: wholeSecond(new Date()) };
    return { value, version, tags: tagsOfPage(rows.map(({ item }) => item)) };
  }
}

/** Groups neighbours of one section, in the order of the rows. */
function toSections(rows: readonly SectionItem[]): HomeSection[] {
  const sections: { slug: string; title: string; items: Item[] }[] = [];
  for (const { section, item } of rows) {
    if (sections.at(-1)?.slug !== section.slug) sections.push({ ...section, items: [] });
    sections.at(-1)?.items.push(item);
  }
  return sections;
}

/** So that processes which read the same page in the same second give the same bytes and tag. */
function wholeSecond(now: Date): Date {
  return new Date(Math.floor(now.getTime() / 1_000) * 1_000);
}
