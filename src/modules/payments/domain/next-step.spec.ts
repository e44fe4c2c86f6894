import { nextStep } from './next-step.js';

describe('nextStep', () => {
  it.each([
    ['the provider has no record', { kind: 'none' }, { kind: 'authorize' }],
    ['the money is authorized', { kind: 'authorized', providerId: 'pi_1' }, { kind: 'capture', providerId: 'pi_1' }],
    ['the money is captured', { kind: 'captured', providerId: 'pi_1' }, { kind: 'record', providerId: 'pi_1' }],
    [
      'the card is declined',
      { kind: 'declined', reason: 'insufficient_funds' },
      { kind: 'fail', reason: 'insufficient_funds', isProven: true },
    ],
    [
      'the authorization was voided',
      { kind: 'voided', reason: 'canceled' },
      { kind: 'fail', reason: 'canceled', isProven: true },
    ],
    [
      'it waits for a second factor',
      { kind: 'blocked', providerId: 'pi_1', reason: 'authentication_required' },
      { kind: 'void', providerId: 'pi_1', reason: 'authentication_required' },
    ],
    ['the call is known to have had no effect', { kind: 'unavailable' }, { kind: 'abandon' }],
    ['the outcome is unknown', { kind: 'unknown' }, { kind: 'await-recovery' }],
  ] as const)('when %s: %j leads to %j', (_, known, step) => {
    expect(nextStep(known)).toEqual(step);
  });
});
