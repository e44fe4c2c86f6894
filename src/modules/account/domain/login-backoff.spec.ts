import { blockMsAfterFailures } from './login-backoff.js';

describe('blockMsAfterFailures', () => {
  it('blocks for 0, 0, 1 s, 2 s, 4 s … and at most 15 minutes with the thresholds of the contract', () => {
    expect(blockMsAfterFailures({ backoffFrom: 3, backoffMaxSeconds: 900 })).toEqual([
      0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000, 900_000,
    ]);
  });

  it('blocks from the first failure when backoffFrom is 1', () => {
    expect(blockMsAfterFailures({ backoffFrom: 1, backoffMaxSeconds: 4 })).toEqual([1_000, 2_000, 4_000]);
  });

  it.each([
    [1, 1],
    [3, 1],
    [10, 5],
    [1_000, 86_400],
  ])(
    'from failure %i on, up to %i s: never shrinks and ends at the maximum exactly',
    (backoffFrom, backoffMaxSeconds) => {
      const schedule = blockMsAfterFailures({ backoffFrom, backoffMaxSeconds });
      expect(schedule.slice(0, backoffFrom - 1).every((blockMs) => blockMs === 0)).toBe(true);
      expect(schedule[backoffFrom - 1]).toBeGreaterThan(0);
      expect(schedule.toSorted((one, other) => one - other)).toEqual(schedule);
      expect(schedule.at(-1)).toBe(backoffMaxSeconds * 1_000);
    },
  );
});
