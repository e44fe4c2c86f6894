import { failuresOf, median, ratioOf, takeTurns } from './rounds.js';

const throughput = (
  perSecond: number,
  failures = 0,
): { perSecond: number; p50Ms: number; p99Ms: number; failures: number } => ({
  perSecond,
  p50Ms: 1,
  p99Ms: 2,
  failures,
});

describe('takeTurns', () => {
  it('measures one after the other in every round and compares the medians', async () => {
    const order: string[] = [];
    const candidate = (name: string, rates: readonly number[]) => ({
      name,
      measure: async (round: number) => {
        order.push(`${name}${round}`);
        return throughput(rates[round] ?? 0, round);
      },
    });
    const courses = await takeTurns(
      [candidate('a', [100, 10, 90]), candidate('b', [200, 180, 1_000])],
      3,
      () => undefined,
    );
    expect(order).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
    expect(ratioOf(courses, 'a', 'b')).toBeCloseTo(0.45);
    expect(failuresOf(courses)).toBe(6);
  });
});

describe('median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
