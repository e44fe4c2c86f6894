import {
  nextStep,
  providerKey,
  secondsUntilNextAttempt,
  secondsUntilNextPaymentAttempt,
  secondsUntilNextOrphanCheck,
} from './payment.js';

describe('nextStep', () => {
  it.each([
    ['the provider knows nothing', { kind: 'none' }, { kind: 'authorize' }],
    ['the money is held', { kind: 'authorized', providerId: 'pi_1' }, { kind: 'capture', providerId: 'pi_1' }],
    ['the money is taken', { kind: 'captured', providerId: 'pi_1' }, { kind: 'record', providerId: 'pi_1' }],
    [
      'the card is declined',
      { kind: 'declined', reason: 'insufficient_funds' },
      { kind: 'fail', reason: 'insufficient_funds', isProven: true },
    ],
    [
      'the authorization is gone',
      { kind: 'voided', reason: 'canceled' },
      { kind: 'fail', reason: 'canceled', isProven: true },
    ],
    [
      'it waits for a second factor',
      { kind: 'blocked', providerId: 'pi_1', reason: 'authentication_required' },
      { kind: 'release', providerId: 'pi_1', reason: 'authentication_required' },
    ],
    ['certainly nothing happened', { kind: 'unavailable' }, { kind: 'abandon' }],
    ['nobody can tell', { kind: 'unknown' }, { kind: 'wait' }],
  ] as const)('when %s: %j leads to %j', (_, known, step) => {
    expect(nextStep(known)).toEqual(step);
  });
});

describe('secondsUntilNextAttempt', () => {
  it('looks soon at first, then less and less, and daily for ever', () => {
    expect([0, 1, 2, 3, 4, 5, 400].map(secondsUntilNextAttempt)).toEqual([5, 15, 60, 300, 3_600, 86_400, 86_400]);
  });
});

describe('secondsUntilNextPaymentAttempt', () => {
  it('never sleeps over the moment at which the payment expires', () => {
    expect([
      secondsUntilNextPaymentAttempt(4, 120),
      secondsUntilNextPaymentAttempt(0, 120),
      secondsUntilNextPaymentAttempt(4, -1),
    ]).toEqual([121, 5, 3_600]);
  });
});

describe('secondsUntilNextOrphanCheck', () => {
  it('finds a late hold well within a quarter of an hour, and ends', () => {
    const looks = [0, 1, 2, 3, 4].map(secondsUntilNextOrphanCheck);
    expect(looks).toEqual([30, 120, 300, 3_600, undefined]);
    expect(looks.slice(0, 3).reduce((sum: number, seconds) => sum + (seconds ?? 0), 0)).toBeLessThan(15 * 60);
  });
});

describe('providerKey', () => {
  it('differs between the steps of a payment, and is the same for every attempt at one', () => {
    const keys = (['authorize', 'capture', 'void', 'refund'] as const).map((step) => providerKey('p', step));
    expect(new Set(keys).size).toBe(4);
    expect(providerKey('p', 'capture')).toBe(keys[1]);
  });
});
