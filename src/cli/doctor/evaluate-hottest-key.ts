import { figure, type Finding } from './finding.js';

export interface HotKey {
  readonly cache: string;
  readonly key: string;
  /** What keeps its expiry from the origin, or `none`. */
  readonly protection: string;
  readonly hits: number;
}

const SHOWN_MAX = 5;
const QUESTION = 'Which cache key is the hottest, and is it protected from a stampede?';

/** Question 2. @param isDefended whether the instances say that their caches are defended */
export function evaluateHottestKey(keys: readonly HotKey[], isDefended: boolean): Finding {
  const hottest = keys.toSorted((a, b) => b.hits - a.hits);
  const [first] = hottest;
  const evidence = [
    'bulwark_cache_hot_key_hits',
    ...hottest
      .slice(0, SHOWN_MAX)
      .map(({ cache, key, protection, hits }) => `${nameOf(cache, key)}: ${figure(hits)} hits, ${protection}`),
  ];
  const measured =
    first === undefined
      ? 'no key is hot yet (a hundred hits in one process)'
      : `${nameOf(first.cache, first.key)}, ${figure(first.hits)} hits, ` +
        `${first.protection === 'none' ? 'unprotected' : 'protected'}`;
  if (!isDefended || hottest.some(({ protection }) => protection === 'none')) {
    return {
      question: QUESTION,
      figure: measured,
      status: 'critical',
      evidence,
      repair:
        'When it expires, every request that misses reaches the database at once. This is not the product as it ' +
        'ships: start it with "npm start" (ADR 021).',
    };
  }
  if (first === undefined)
    return { question: QUESTION, figure: measured, status: 'watch', evidence, repair: 'Ask again after traffic.' };
  return { question: QUESTION, figure: measured, status: 'good', evidence, repair: '' };
}

function nameOf(cache: string, key: string): string {
  return key === '' ? cache : `${cache} ${key}`;
}
