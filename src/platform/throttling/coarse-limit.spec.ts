import fc from 'fast-check';
import { CoarseLimit } from './coarse-limit.js';

const START_MS = 1_800_000_000_000;

function passed(limit: CoarseLimit, address: string, timesMs: readonly number[]): number[] {
  return timesMs.filter((timeMs) => limit.consume(address, timeMs) === undefined);
}

describe('CoarseLimit', () => {
  it('allows a burst at once and refuses the next request', () => {
    const limit = new CoarseLimit({ perAddressPerSecond: 10, perAddressBurst: 20 });
    expect(
      passed(
        limit,
        'a',
        Array.from({ length: 50 }, () => START_MS),
      ),
    ).toHaveLength(20);
  });

  it('allows within any time span at most the burst and the rate over that span', () => {
    const stream = fc.record({
      rate: fc.integer({ min: 1, max: 500 }),
      burst: fc.integer({ min: 1, max: 200 }),
      gapsMs: fc.array(fc.nat(40), { minLength: 1, maxLength: 400 }),
    });
    fc.assert(
      fc.property(stream, ({ rate, burst, gapsMs }) => {
        let nowMs = START_MS;
        const times = passed(
          new CoarseLimit({ perAddressPerSecond: rate, perAddressBurst: burst }),
          'a',
          gapsMs.map((gapMs) => (nowMs += gapMs)),
        );
        for (const [first, fromMs] of times.entries()) {
          for (const [last, toMs] of times.entries())
            if (last >= first)
              expect(last - first + 1).toBeLessThanOrEqual(burst + ((toMs - fromMs) * rate) / 1_000 + 1e-6);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('never refuses an address that stays within the rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 2_000 }), (rate, burst) => {
        const times = Array.from({ length: 100 }, (_, n) => START_MS + n * Math.ceil(1_000 / rate));
        expect(passed(new CoarseLimit({ perAddressPerSecond: rate, perAddressBurst: burst }), 'a', times)).toHaveLength(
          100,
        );
      }),
    );
  });

  it('allows a request after Retry-After, however often the address was refused before', () => {
    const limit = new CoarseLimit({ perAddressPerSecond: 2, perAddressBurst: 3 });
    passed(
      limit,
      'a',
      Array.from({ length: 100 }, () => START_MS),
    );
    const refusal = limit.consume('a', START_MS);
    expect(refusal).toMatchObject({ status: 429, code: 'rate_limited', details: { retryAfterSeconds: 1 } });
    expect(limit.consume('a', START_MS + 1_000)).toBeUndefined();
  });

  it('publishes the limit with the refusal', () => {
    const limit = new CoarseLimit({ perAddressPerSecond: 2, perAddressBurst: 1 });
    limit.consume('a', START_MS);
    expect(limit.consume('a', START_MS)?.details.headers).toMatchObject({
      'ratelimit-policy': '"address";q=2;w=1',
      ratelimit: '"address";r=0;t=1',
    });
  });

  it('counts each address separately', () => {
    const limit = new CoarseLimit({ perAddressPerSecond: 1, perAddressBurst: 1 });
    passed(limit, 'a', [START_MS, START_MS]);
    expect(limit.consume('b', START_MS)).toBeUndefined();
    expect(limit.consume('a', START_MS)).toBeDefined();
  });
});
