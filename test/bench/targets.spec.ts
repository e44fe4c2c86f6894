import { evaluateTarget } from './targets.js';

describe('evaluateTarget', () => {
  it.each([
    ['P1', 0.9, 'target met'],
    ['P1', 0.85, 'floor met'],
    ['P1', 0.79, 'missed'],
    ['P7', 0.004, 'target met'],
    ['P7', 0.009, 'floor met'],
    ['P7', 0.011, 'missed'],
    ['P6 wait', 0, 'target met'],
    ['P6 wait', 1, 'missed'],
  ] as const)('of %s at %d is %s', (name, value, result) => {
    expect(evaluateTarget(name, value)).toBe(result);
  });
});
