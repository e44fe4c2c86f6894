import type { CachePolicy } from '../../../platform/cache/index.js';

/**
 * The registry of how old what clients see may be. A sale or a new price must show soon; a corrected title may wait.
 * What is charged never comes from a cache: payments read price and stock inside their transaction.
 */
export type FieldClass = 'content' | 'price' | 'availability';

/** How long a field may be shown after it changed. */
export interface Staleness {
  /** Hard bound in normal operation, of which being refreshed in the background is a part. */
  readonly boundSeconds: number;
  /** The last part of the bound, in which a cache may serve a stale answer while it revalidates. */
  readonly revalidateSeconds: number;
  /** For how much longer a stale answer may be served while the origin fails. */
  readonly ifErrorSeconds: number;
  /** Which fields of an item are meant. */
  readonly fields: readonly string[];
}

export const STALENESS: Readonly<Record<FieldClass, Staleness>> = Object.freeze({
  content: {
    boundSeconds: 60,
    revalidateSeconds: 15,
    ifErrorSeconds: 3_600,
    fields: ['sku', 'slug', 'title', 'description', 'brand', 'categories', 'images'],
  },
  price: { boundSeconds: 5, revalidateSeconds: 2, ifErrorSeconds: 300, fields: ['price'] },
  availability: { boundSeconds: 2, revalidateSeconds: 1, ifErrorSeconds: 60, fields: ['availability'] },
});

/** The classes of fields in each public answer. */
export const ANSWER_FIELDS = Object.freeze({
  home: ['content', 'price', 'availability'],
  items: ['content', 'price', 'availability'],
  item: ['content', 'price', 'availability'],
  categories: ['content'],
} as const satisfies Record<string, readonly FieldClass[]>);

/** A public answer that caches may keep. */
export type CachedAnswer = keyof typeof ANSWER_FIELDS;

/** The staleness of a whole answer: its tightest field's. */
export function stalenessOf(answer: CachedAnswer): Staleness {
  const classes: readonly FieldClass[] = ANSWER_FIELDS[answer];
  return classes
    .map((name) => STALENESS[name])
    .reduce((tightest, next) => (next.boundSeconds < tightest.boundSeconds ? next : tightest));
}

/** How published invalidations act on each answer; see the cache's policy. */
const INVALIDATION: Readonly<Record<CachedAnswer, CachePolicy['invalidation']>> = {
  home: 'by-tag',
  items: 'by-tag',
  item: 'in-place',
  categories: 'ttl-only',
};
/** For how long "there is no such item" is served after the item was added. */
const NEGATIVE_MS = 2_000;
/** Items are refreshed in place and stay; pages are loaded again soon, and stored for as long as an origin may fail. */
const STORED_MS: Readonly<Record<CachedAnswer, number>> = {
  home: 600_000,
  items: 600_000,
  item: 3_600_000,
  categories: 4_500_000,
};

/** The policy of an answer's cache. */
export function policyOf(answer: CachedAnswer): CachePolicy {
  const { boundSeconds, revalidateSeconds, ifErrorSeconds } = stalenessOf(answer);
  return {
    name: answer,
    module: 'catalog',
    freshMs: (boundSeconds - revalidateSeconds) * 1_000,
    boundMs: boundSeconds * 1_000,
    ifErrorMs: ifErrorSeconds * 1_000,
    negativeMs: NEGATIVE_MS,
    storedMs: STORED_MS[answer],
    invalidation: INVALIDATION[answer],
  };
}

/** The registry as a table for the documentation; a test keeps the README's copy true. */
export function stalenessTable(): string {
  const rows = Object.entries(STALENESS).map(([name, { boundSeconds, revalidateSeconds, ifErrorSeconds, fields }]) => {
    const answers = Object.entries(ANSWER_FIELDS)
      .filter(([, classes]) => (classes as readonly string[]).includes(name))
      .map(([answer]) => answer);
    const cells = [
      name,
      fields.map((field) => `\`${field}\``).join(', '),
      `${boundSeconds} s`,
      `${boundSeconds - revalidateSeconds} s + ${revalidateSeconds} s`,
      `${ifErrorSeconds} s`,
      answers.join(', '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| class | fields | at most | fresh + while revalidating | longer while the origin fails | answers |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
