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
  /** The provider's answers to writes and to reads. */
  let onWrite: Answer;
  let onRead: Answer;
  /** The parameters of the last request. */
  let lastQuery: URLSearchParams;

  beforeAll(async () => {
    logger.level = 'silent';
    server = createServer((request, response) => {
      const { status, body } = request.method === 'GET' ? onRead : onWrite;
      lastQuery = new URL(request.url ?? '', 'http://provider').searchParams;
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
    onRead = listOf();
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
    // The money may still be taken: no decline, and no stock to release.
    ['processing', { kind: 'unknown' }],
  ])('maps an intent of status %s to %j', async (status, outcome) => {
    onWrite = intent(status);
    expect(await authorize()).toEqual(outcome);
    expect(await gateway.capture('p', 'pi_1', deadline())).toEqual(outcome);
    onWrite = failure(400, {
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
      'an API key that it refuses',
      failure(401, { type: 'invalid_request_error', message: 'no' }),
      { kind: 'unavailable' },
    ],
    ['too many calls', failure(429, { type: 'invalid_request_error', message: 'no' }), { kind: 'unavailable' }],
    ['a failure, with an empty record', failure(500, { type: 'api_error', message: 'no' }), { kind: 'unavailable' }],
  ])('maps %s to its outcome', async (_, answer, outcome) => {
    onWrite = answer;
    expect(await authorize()).toEqual(outcome);
  });

  it.each<[string[], unknown]>([
    [[], { kind: 'none' }],
    [['canceled', 'succeeded', 'requires_capture'], { kind: 'captured', providerId: 'pi_1' }],
    [['canceled', 'requires_capture'], { kind: 'authorized', providerId: 'pi_1' }],
    [['requires_payment_method'], { kind: 'declined', reason: 'requires_payment_method' }],
    [['canceled', 'processing'], undefined],
  ])('finds the most advanced of the intents %j', async (statuses, state) => {
    onRead = listOf(...statuses);
    expect(await gateway.find('p', deadline())).toEqual(state);
  });

  it('reports an unknown outcome after a failed call while an intent is still processing', async () => {
    onWrite = failure(500, { type: 'api_error', message: 'no' });
    onRead = listOf('processing');
    expect(await authorize()).toEqual({ kind: 'unknown' });
  });

  it('reports no state and an unknown outcome when the provider refuses to be read', async () => {
    onRead = failure(400, { type: 'invalid_request_error', message: 'no' });
    expect(await gateway.find('p', deadline())).toBeUndefined();
    onWrite = failure(500, { type: 'api_error', message: 'no' });
    expect(await authorize()).toEqual({ kind: 'unknown' });
  });

  describe('charges', () => {
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

    it('returns the charges of a period in our terms, with the cursor of the next page', async () => {
      onRead = page(
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
      expect([lastQuery.get('created[gte]'), lastQuery.get('created[lt]'), lastQuery.get('starting_after')]).toEqual([
        String(PERIOD.from.getTime() / 1_000),
        String(PERIOD.to.getTime() / 1_000),
        null,
      ]);
    });

    it('continues after the cursor, until the last page', async () => {
      onRead = page(true, charged('pi_7'));
      expect(await charges('pi_8')).toMatchObject({ charges: [{ providerId: 'pi_7' }], next: undefined });
      expect(lastQuery.get('starting_after')).toBe('pi_8');
    });

    it('leaves out charges that are not ours, and still returns the next page', async () => {
      onRead = page(false, charged('pi_9', { metadata: { payment: 'order 7' } }), charged('pi_8', { metadata: {} }));
      expect(await charges()).toEqual({ charges: [], next: 'pi_8' });
    });

    it.each([
      ['requires_capture', 'held'],
      ['succeeded', 'captured'],
      ['canceled', 'none'],
      ['requires_payment_method', 'none'],
    ])('maps a charge of status %s to %s', async (status, state) => {
      onRead = page(true, charged('pi_9', { status, latest_charge: null }));
      expect(await charges()).toMatchObject({ charges: [{ state, refundedMinor: 0n }] });
    });

    it('returns undefined when the provider fails', async () => {
      onRead = failure(500, { type: 'api_error', message: 'no' });
      expect(await charges()).toBeUndefined();
    });
  });

  describe('refund', () => {
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
    const CLOSES_DOOR = failure(429, { type: 'invalid_request_error', message: 'no' });

    it.each([
      ['succeeds', { status: 200, body: refundOf('r', 'succeeded') }, { kind: 'refunded' }],
      ['has failed', { status: 200, body: refundOf('r', 'failed') }, { kind: 'refused', reason: 'failed' }],
      ['is refused', REFUSES, { kind: 'refused', reason: 'charge_already_refunded' }],
      ['ends in an error', FAILS, { kind: 'unknown' }],
      ['is refused at the door', CLOSES_DOOR, { kind: 'unavailable' }],
    ])('that %s at the first attempt has its outcome', async (_, answer, outcome) => {
      onWrite = answer;
      expect(await refund(false)).toEqual(outcome);
    });

    it.each([
      [
        'has it',
        { status: 200, body: { object: 'list', data: [refundOf('other', 'succeeded'), refundOf('r', 'succeeded')] } },
        { kind: 'refunded' },
      ],
      ['has none', listOf(), { kind: 'refused', reason: 'charge_already_refunded' }],
      // None of these proves anything about the refund, which an earlier attempt may have made.
      [
        'refuses to be read',
        failure(404, { type: 'invalid_request_error', code: 'resource_missing', message: 'no' }),
        { kind: 'unknown' },
      ],
      ['fails', FAILS, { kind: 'unknown' }],
      ['is closed at the door', CLOSES_DOOR, { kind: 'unknown' }],
    ])('that is repeated while the record %s has its outcome', async (_, answer, outcome) => {
      onWrite = REFUSES;
      onRead = answer;
      expect(await refund(true)).toEqual(outcome);
    });
  });
});
