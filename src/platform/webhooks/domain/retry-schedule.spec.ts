import fc from 'fast-check';
import { RETRY_AFTER_MAX_MS, RETRY_PAUSES_MS, pauseAfter, readRetryAfter } from './retry-schedule.js';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const HOUR_MS = 3_600_000;

describe('pauseAfter', () => {
  it('allows ten attempts over about two days, then none', () => {
    const pauses = Array.from({ length: 10 }, (_, index) => pauseAfter(index + 1, undefined, 0));
    expect(pauses).toEqual([
      5_000,
      30_000,
      120_000,
      600_000,
      HOUR_MS,
      3 * HOUR_MS,
      6 * HOUR_MS,
      12 * HOUR_MS,
      24 * HOUR_MS,
      undefined,
    ]);
  });

  it('grows with each attempt for any jitter, and is at most a fifth longer than planned', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: RETRY_PAUSES_MS.length - 1 }),
        chance,
        chance,
        (attempts, first, second) => {
          const [pause = 0, next = 0] = [
            pauseAfter(attempts, undefined, first),
            pauseAfter(attempts + 1, undefined, second),
          ];
          expect(next).toBeGreaterThan(pause);
          expect(pause).toBeGreaterThanOrEqual(RETRY_PAUSES_MS[attempts - 1] ?? 0);
          expect(pause).toBeLessThanOrEqual((RETRY_PAUSES_MS[attempts - 1] ?? 0) * 1.2);
        },
      ),
    );
  });

  it('differs between deliveries that failed together', () => {
    expect(pauseAfter(1, undefined, 0)).not.toBe(pauseAfter(1, undefined, 0.5));
  });

  it('honours Retry-After, but is no shorter than planned and no longer than a day and its jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: RETRY_PAUSES_MS.length }),
        fc.double({ min: 0, noNaN: true }),
        chance,
        (attempts, asked, luck) => {
          const pause = pauseAfter(attempts, asked, luck) ?? 0;
          expect(pause).toBeGreaterThanOrEqual(
            Math.max(RETRY_PAUSES_MS[attempts - 1] ?? 0, Math.floor(Math.min(asked, RETRY_AFTER_MAX_MS))),
          );
          expect(pause).toBeLessThanOrEqual(RETRY_AFTER_MAX_MS * 1.2);
        },
      ),
    );
  });
});

describe('readRetryAfter', () => {
  const now = new Date('2026-03-01T12:00:00Z');

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['99999999999999999999', undefined],
    [undefined, undefined],
  ])('reads %s as %s', (text, ms) => {
    expect(readRetryAfter(text, now)).toBe(ms);
  });
});
