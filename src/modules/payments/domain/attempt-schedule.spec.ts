import {
  secondsUntilNextAttempt,
  secondsUntilNextOrphanCheck,
  secondsUntilNextPaymentAttempt,
} from './attempt-schedule.js';

describe('secondsUntilNextAttempt', () => {
  it('is short at first, then longer, and daily for ever', () => {
    expect([0, 1, 2, 3, 4, 5, 400].map(secondsUntilNextAttempt)).toEqual([5, 15, 60, 300, 3_600, 86_400, 86_400]);
  });
});

describe('secondsUntilNextPaymentAttempt', () => {
  it('does not miss the moment at which the payment expires', () => {
    expect([
      secondsUntilNextPaymentAttempt(4, 120),
      secondsUntilNextPaymentAttempt(0, 120),
      secondsUntilNextPaymentAttempt(4, -1),
    ]).toEqual([121, 5, 3_600]);
  });
});

describe('secondsUntilNextOrphanCheck', () => {
  it('finds a late authorization well within a quarter of an hour, and ends', () => {
    const seconds = [0, 1, 2, 3, 4].map(secondsUntilNextOrphanCheck);
    expect(seconds).toEqual([30, 120, 300, 3_600, undefined]);
    expect(seconds.slice(0, 3).reduce((sum: number, each) => sum + (each ?? 0), 0)).toBeLessThan(15 * 60);
  });
});
