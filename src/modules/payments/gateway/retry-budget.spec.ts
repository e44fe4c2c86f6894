import { RetryBudget } from './retry-budget.js';

describe('RetryBudget', () => {
  it('lets quiet times retry freely, and a storm a fifth of its calls', () => {
    const budget = new RetryBudget();
    const storm = Array.from({ length: 1_000 }, () => {
      budget.earn();
      return [budget.spend(), budget.spend()];
    }).flat();
    expect(storm.slice(0, 2)).toEqual([true, true]);
    const retries = storm.filter(Boolean).length;
    expect(retries).toBeGreaterThanOrEqual(200);
    expect(retries).toBeLessThanOrEqual(220);
  });
});
