import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../../../platform/config/index.js';
import { HealthChecks, logger } from '../../../platform/observability/index.js';
import { ProviderCalls } from './provider-calls.js';
import { StripeGateway } from './stripe-gateway.js';

interface Answer {
  status: number;
  body: unknown;
}

const deadline = (): number => Date.now() + 9_000;
const intent = (status: string, id = 'pi_1'): Answer => ({
  status: 200,
  body: { object: 'payment_intent', id, status },
});
const listOf = (...statuses: string[]): Answer => ({
  status: 200,
  body: {
    object: 'search_result',
    data: statuses.map((status, index) => ({ object: 'payment_intent', id: `pi_${index}`, status })),
  },
});
const failure = (status: number, error: object): Answer => ({ status, body: { error } });

describe('StripeGateway', () => {
  let server: Server;
  let gateway: StripeGateway;
  /** What the provider says to what it is told to do, and to a question. */
  let says: Answer;
  let knows: Answer;
  /** The last question, by its parameters. */
  let question: URLSearchParams;

  beforeAll(async () => {
    logger.level = 'silent';
    server = createServer((request, response) => {
      const { status, body } = request.method === 'GET' ? knows : says;
      question = new URL(request.url ?? '', 'http://provider').searchParams;
      request
        .resume()
        .once('end', () =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
        );
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });

  beforeEach(() => {
    const config = {
      payments: {
        providerUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        providerKey: 'sk_test',
        providerTimeoutMs: 2_000,
      },
    } as Config;
    gateway = new StripeGateway(config, new ProviderCalls(config), new HealthChecks());
    knows = listOf();
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  const authorize = () =>
    gateway.authorize(
      { paymentId: 'p', accountId: 'a', amountMinor: 5n, currency: 'EUR', cardToken: 'tok_ok' },
      deadline(),
    );

  it.each([
    ['requires_capture', { kind: 'authorized', providerId: 'pi_1' }],
    ['succeeded', { kind: 'captured', providerId: 'pi_1' }],
    ['canceled', { kind: 'voided', reason: 'canceled' }],
    ['requires_payment_method', { kind: 'declined', reason: 'requires_payment_method' }],
    ['requires_action', { kind: 'blocked', providerId: 'pi_1', reason: 'authentication_required' }],
    // The money may still be taken: no decline, and no stock to give back.
    ['processing', { kind: 'unknown' }],
  ])('takes an intent of status %s for %j', async (status, outcome) => {
    says = intent(status);
    expect(await authorize()).toEqual(outcome);
    expect(await gateway.capture('p', 'pi_1', deadline())).toEqual(outcome);
    says = failure(400, {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message: 'no',
      payment_intent: { id: 'pi_1', status },
    });
    expect(await gateway.capture('p', 'pi_1', deadline())).toEqual(outcome);
  });

  it.each([
    [
      'a decline',
      failure(402, { type: 'card_error', code: 'card_declined', decline_code: 'lost_card', message: 'no' }),
      { kind: 'declined', reason: 'lost_card' },
    ],
    [
      'a refusal',
      failure(400, { type: 'invalid_request_error', code: 'resource_missing', message: 'no' }),
      { kind: 'declined', reason: 'resource_missing' },
    ],
    [
      'a key that it does not know',
      failure(401, { type: 'invalid_request_error', message: 'no' }),
      { kind: 'unavailable' },
    ],
    ['too many calls', failure(429, { type: 'invalid_request_error', message: 'no' }), { kind: 'unavailable' }],
    [
      'a failure, and then that it knows of nothing',
      failure(500, { type: 'api_error', message: 'no' }),
      { kind: 'unavailable' },
    ],
  ])('hears %s for what it is', async (_, answer, outcome) => {
    says = answer;
    expect(await authorize()).toEqual(outcome);
  });

  it.each<[string[], unknown]>([
    [[], { kind: 'none' }],
    [['canceled', 'succeeded', 'requires_capture'], { kind: 'captured', providerId: 'pi_1' }],
    [['canceled', 'requires_capture'], { kind: 'authorized', providerId: 'pi_1' }],
    [['requires_payment_method'], { kind: 'declined', reason: 'requires_payment_method' }],
    [['canceled', 'processing'], undefined],
  ])('finds among intents that are %j the one that matters', async (statuses, state) => {
    knows = listOf(...statuses);
    expect(await gateway.find('p', deadline())).toEqual(state);
  });

  it('does not believe that a failed call did nothing while an intent is still processing', async () => {
    says = failure(500, { type: 'api_error', message: 'no' });
    knows = listOf('processing');
    expect(await authorize()).toEqual({ kind: 'unknown' });
  });

  it('cannot tell what the provider knows when it does not take the question', async () => {
    knows = failure(400, { type: 'invalid_request_error', message: 'no' });
    expect(await gateway.find('p', deadline())).toBeUndefined();
    says = failure(500, { type: 'api_error', message: 'no' });
    expect(await authorize()).toEqual({ kind: 'unknown' });
  });

  describe('asked for its record', () => {
    const PAYMENT = '0198c0de-0000-7000-8000-000000000001';
    const PERIOD = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-02T00:00:00Z') };
    const AT = 1_772_330_000;
    const charged = (id: string, change: object = {}) => ({
      object: 'payment_intent',
      id,
      status: 'succeeded',
      amount: 500,
      currency: 'eur',
      created: AT,
      metadata: { payment: PAYMENT },
      latest_charge: { object: 'charge', id: 'ch_1', amount_refunded: 0 },
      ...change,
    });
    const page = (isLast: boolean, ...data: object[]): Answer => ({
      status: 200,
      body: { object: 'list', data, has_more: !isLast },
    });
    const charges = (after?: string) => gateway.charges(PERIOD, after, deadline());

    it('gives the charges of a period in our terms, and where the next page begins', async () => {
      knows = page(
        false,
        charged('pi_9'),
        charged('pi_8', { latest_charge: { object: 'charge', id: 'ch_2', amount_refunded: 200 } }),
      );
      const record = {
        paymentId: PAYMENT,
        state: 'captured',
        amountMinor: 500n,
        currency: 'EUR',
        createdAt: new Date(AT * 1_000),
      };
      expect(await charges()).toEqual({
        charges: [
          { ...record, providerId: 'pi_9', refundedMinor: 0n },
          { ...record, providerId: 'pi_8', refundedMinor: 200n },
        ],
        next: 'pi_8',
      });
      expect([question.get('created[gte]'), question.get('created[lt]'), question.get('starting_after')]).toEqual([
        String(PERIOD.from.getTime() / 1_000),
        String(PERIOD.to.getTime() / 1_000),
        null,
      ]);
    });

    it('goes on after the page before, until there is no more', async () => {
      knows = page(true, charged('pi_7'));
      expect(await charges('pi_8')).toMatchObject({ charges: [{ providerId: 'pi_7' }], next: undefined });
      expect(question.get('starting_after')).toBe('pi_8');
    });

    it('leaves out what is not ours, and still finds the next page', async () => {
      knows = page(false, charged('pi_9', { metadata: { payment: 'order 7' } }), charged('pi_8', { metadata: {} }));
      expect(await charges()).toEqual({ charges: [], next: 'pi_8' });
    });

    it.each([
      ['requires_capture', 'held'],
      ['succeeded', 'captured'],
      ['canceled', 'none'],
      ['requires_payment_method', 'none'],
    ])('takes a charge of status %s for %s', async (status, state) => {
      knows = page(true, charged('pi_9', { status, latest_charge: null }));
      expect(await charges()).toMatchObject({ charges: [{ state, refundedMinor: 0n }] });
    });

    it('says that it cannot be told when the provider fails', async () => {
      knows = failure(500, { type: 'api_error', message: 'no' });
      expect(await charges()).toBeUndefined();
    });
  });

  describe('asked for a refund', () => {
    const refundOf = (id: string, status: string) => ({
      object: 'refund',
      id: 're_1',
      status,
      metadata: { refund: id },
    });
    const refund = (isRepeat: boolean) =>
      gateway.refund({ refundId: 'r', providerId: 'pi_1', amountMinor: 5n, isRepeat }, deadline());
    const REFUSES = failure(400, { type: 'invalid_request_error', code: 'charge_already_refunded', message: 'no' });
    const FAILS = failure(500, { type: 'api_error', message: 'no' });
    const TURNS_AWAY = failure(429, { type: 'invalid_request_error', message: 'no' });

    it.each([
      ['makes it', { status: 200, body: refundOf('r', 'succeeded') }, { kind: 'refunded' }],
      ['says that it failed', { status: 200, body: refundOf('r', 'failed') }, { kind: 'refused', reason: 'failed' }],
      ['refuses it', REFUSES, { kind: 'refused', reason: 'charge_already_refunded' }],
      ['fails', FAILS, { kind: 'unknown' }],
      ['turns it away', TURNS_AWAY, { kind: 'unavailable' }],
    ])('for the first time, and that %s', async (_, answer, outcome) => {
      says = answer;
      expect(await refund(false)).toEqual(outcome);
    });

    it.each([
      [
        'knows it',
        { status: 200, body: { object: 'list', data: [refundOf('other', 'succeeded'), refundOf('r', 'succeeded')] } },
        { kind: 'refunded' },
      ],
      ['knows none', listOf(), { kind: 'refused', reason: 'charge_already_refunded' }],
      // None of these is a word about the refund, which an earlier attempt may have made.
      [
        'does not take the question',
        failure(404, { type: 'invalid_request_error', code: 'resource_missing', message: 'no' }),
        { kind: 'unknown' },
      ],
      ['fails to say', FAILS, { kind: 'unknown' }],
      ['turns the question away', TURNS_AWAY, { kind: 'unknown' }],
    ])('again, and that %s', async (_, answer, outcome) => {
      says = REFUSES;
      knows = answer;
      expect(await refund(true)).toEqual(outcome);
    });
  });
});
