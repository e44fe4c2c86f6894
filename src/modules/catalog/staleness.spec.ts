import { ANSWER_FIELDS, STALENESS, cacheControlOf, stalenessOf, type CachedAnswer } from './staleness.js';

describe('staleness', () => {
  it('is bounded as the contract says', () => {
    expect([STALENESS.content.boundSeconds, STALENESS.price.boundSeconds, STALENESS.availability.boundSeconds]).toEqual([60, 5, 2]);
  });

  it.each(Object.keys(ANSWER_FIELDS) as CachedAnswer[])('of %s keeps fresh and revalidating together within the tightest bound', (answer) => {
    const [, maxAge = '', revalidate = ''] = /^public, max-age=(\d+), stale-while-revalidate=(\d+), stale-if-error=\d+$/.exec(cacheControlOf(answer)) ?? [];
    const tightest = Math.min(...ANSWER_FIELDS[answer].map((name) => STALENESS[name].boundSeconds));
    expect(Number(maxAge)).toBeGreaterThan(0);
    expect(Number(maxAge) + Number(revalidate)).toBe(tightest);
    expect(stalenessOf(answer).boundSeconds).toBe(tightest);
  });
});
