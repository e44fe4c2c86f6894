import Stripe from 'stripe';
import { classifyFailure, mostAdvancedState, outcomeOfIntent, outcomeOfRefund } from './provider-outcomes.js';

const { StripeAPIError, StripeConnectionError, StripeInvalidRequestError } = Stripe.errors;
const raw = (statusCode: number) => ({ type: 'api_error' as const, statusCode, message: 'no' });
const refused = (code: string) => ({
  type: 'api_error' as const,
  message: 'no',
  detail: Object.assign(new Error(code), { code }),
});

describe('classifyFailure', () => {
  it.each([
    ['a refused connection', new StripeConnectionError(refused('ECONNREFUSED')), 'no-effect'],
    ['a host that is not found', new StripeConnectionError(refused('ENOTFOUND')), 'no-effect'],
    ['a connection that broke', new StripeConnectionError(refused('ECONNRESET')), 'no-response'],
    ['a time-out', new StripeConnectionError(refused('ETIMEDOUT')), 'no-response'],
    ['401', new StripeAPIError(raw(401)), 'no-effect'],
    ['403', new StripeAPIError(raw(403)), 'no-effect'],
    ['429', new StripeAPIError(raw(429)), 'no-effect'],
    ['409', new StripeAPIError(raw(409)), 'error-response'],
    ['500', new StripeAPIError(raw(500)), 'error-response'],
    ['503', new StripeAPIError(raw(503)), 'error-response'],
  ])('takes %s for the failure %s', (_, error, failure) => {
    expect(classifyFailure(error)).toBe(failure);
  });

  it.each([
    ['a decline', new StripeInvalidRequestError({ type: 'invalid_request_error', statusCode: 402, message: 'no' })],
    ['an error of our own', new Error('no')],
  ])('takes %s for no failure of the call', (_, error) => {
    expect(classifyFailure(error)).toBeUndefined();
  });
});

describe('mostAdvancedState', () => {
  it('is unknown while an intent is undecided, however many others were declined', () => {
    const intents = [
      { id: 'pi_1', status: 'requires_payment_method' },
      { id: 'pi_2', status: 'processing' },
    ];
    expect(mostAdvancedState(intents)).toBeUndefined();
    expect(mostAdvancedState([...intents, { id: 'pi_3', status: 'succeeded' }])).toEqual({
      kind: 'captured',
      providerId: 'pi_3',
    });
  });
});

describe('outcomeOfIntent and outcomeOfRefund', () => {
  it('leave an undecided outcome unknown', () => {
    expect(outcomeOfIntent({ id: 'pi_1', status: 'processing' })).toEqual({ kind: 'unknown' });
    for (const status of ['pending', 'requires_action'])
      expect(outcomeOfRefund({ status })).toEqual({ kind: 'unknown' });
  });
});
