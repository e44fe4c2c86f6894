/**
 * The one place that says how old what we show may be. A sale or a new price must show soon; a typo in a title may wait.
 * What is charged is never taken from here: payments read price and stock inside their transaction.
 */
export type FieldClass = 'content' | 'price' | 'availability';

/** How long a field may be shown after it changed. */
export interface Staleness {
  /** Hard bound in normal operation: being fresh and being refreshed in the background together stay within it. */
  readonly boundSeconds: number;
  /** The last part of the bound, in which a cache may answer with what it has while it fetches anew. */
  readonly revalidateSeconds: number;
  /** How much longer an old answer is better than none while the origin fails. */
  readonly ifErrorSeconds: number;
}

export const STALENESS: Readonly<Record<FieldClass, Staleness>> = Object.freeze({
  content: { boundSeconds: 60, revalidateSeconds: 15, ifErrorSeconds: 3_600 },
  price: { boundSeconds: 5, revalidateSeconds: 2, ifErrorSeconds: 300 },
  availability: { boundSeconds: 2, revalidateSeconds: 1, ifErrorSeconds: 60 },
});

/** Which classes of fields each public answer holds. */
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
  return classes.map((name) => STALENESS[name]).reduce((tightest, next) => (next.boundSeconds < tightest.boundSeconds ? next : tightest));
}

/** `Cache-Control` for the answer. */
export function cacheControlOf(answer: CachedAnswer): string {
  const { boundSeconds, revalidateSeconds, ifErrorSeconds } = stalenessOf(answer);
  return `public, max-age=${boundSeconds - revalidateSeconds}, stale-while-revalidate=${revalidateSeconds}, stale-if-error=${ifErrorSeconds}`;
}
