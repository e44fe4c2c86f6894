import type { Cacheable } from '../../../platform/cache/index.js';
import { cacheControlOf } from '../../../platform/http-cache/index.js';
import type { StockLine } from '../stock-reservations.js';
import { ANSWER_FIELDS, STALENESS, policyOf, stalenessOf, type CachedAnswer } from './staleness.js';

describe('staleness', () => {
  it('is bounded as the contract says', () => {
    expect([STALENESS.content.boundSeconds, STALENESS.price.boundSeconds, STALENESS.availability.boundSeconds]).toEqual(
      [60, 5, 2],
    );
  });

  it.each(Object.keys(ANSWER_FIELDS) as CachedAnswer[])(
    'of %s keeps the layers and the downstream caches together within the tightest bound, at any age',
    (answer) => {
      const tightest = Math.min(...ANSWER_FIELDS[answer].map((name) => STALENESS[name].boundSeconds));
      expect(stalenessOf(answer).boundSeconds).toBe(tightest);
      for (let ageMs = 0; ageMs <= tightest * 1_000 + 500; ageMs += 100) {
        const [, maxAge = '', revalidate = ''] =
          /^public, max-age=(\d+), stale-while-revalidate=(\d+), stale-if-error=\d+$/.exec(
            cacheControlOf(policyOf(answer), ageMs),
          ) ?? [];
        expect(Number(maxAge) + Number(revalidate)).toBeLessThanOrEqual(Math.max(0, tightest - ageMs / 1_000));
        if (ageMs === 0) expect(Number(maxAge) + Number(revalidate)).toBe(tightest);
      }
    },
  );

  it('cannot be chosen for money that is charged: the compiler refuses it', () => {
    const kept: Cacheable<{ amount: number; currency: string }> = { amount: 1_299, currency: 'EUR' };
    // @ts-expect-error a charged amount is a bigint, and no cache takes one
    const charged: Cacheable<StockLine>['unitPriceMinor'] = 1_299n;
    expect([kept.amount, charged]).toEqual([1_299, 1_299n]);
  });
});
