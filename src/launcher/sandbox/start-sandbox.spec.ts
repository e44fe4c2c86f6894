import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { startSandbox } from './start-sandbox.js';

const API_KEY = 'sk_test_sandbox';

/** The SDK's types leave the card out; its API takes it. */
const card = (token: string) => ({ type: 'card' as const, card: { token } });

describe('the payment sandbox, asked through the official SDK', () => {
  let dataDir: string;
  let sandbox: { port: number; stop: () => Promise<void> };
  let stripe: Stripe;

  const start = async (): Promise<void> => {
    sandbox = await startSandbox({
      host: '127.0.0.1',
      port: 0,
      dataDir,
      apiKey: API_KEY,
      webhookSecret: 'whsec_sandbox',
    });
    stripe = new Stripe(API_KEY, {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      maxNetworkRetries: 0,
      timeout: 5_000,
      telemetry: false,
    });
  };
  const authorize = (payment: string, token = 'tok_ok', key = `${payment}:authorize`, amount = 1299) =>
    stripe.paymentIntents.create(
      {
        amount,
        currency: 'eur',
        capture_method: 'manual',
        confirm: true,
        payment_method_data: card(token),
        metadata: { payment, account: 'a1' },
      },
      { idempotencyKey: key },
    );
  const control = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`http://127.0.0.1:${sandbox.port}/sandbox/${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'bulwark-sandbox-'));
    await start();
  });

  afterEach(async () => {
    await sandbox.stop();
  });

  it('authorizes, captures and refunds, and shows it as a charge', async () => {
    const intent = await authorize('p1');
    expect(intent.status).toBe('requires_capture');
    expect((await stripe.paymentIntents.capture(intent.id, {}, { idempotencyKey: 'p1:capture' })).status).toBe(
      'succeeded',
    );
    await stripe.refunds.create({ payment_intent: intent.id, amount: 299 }, { idempotencyKey: 'r1' });
    expect((await control('GET', 'charges?payment=p1')).body).toEqual([
      { id: intent.id, payment: 'p1', amount: 1299, currency: 'EUR', status: 'captured', refunded: 299 },
    ]);
    await expect(
      stripe.refunds.create({ payment_intent: intent.id, amount: 1001 }, { idempotencyKey: 'r2' }),
    ).rejects.toMatchObject({ code: 'amount_too_large' });
    const calls = (await control('GET', 'calls')).body as { operation: string; key: string }[];
    expect(calls.map(({ operation, key }) => `${operation} ${key}`)).toEqual([
      'authorize p1:authorize',
      'capture p1:capture',
      'refund r1',
      'refund r2',
    ]);
  });

  it('does the work of a key once, also over a restart with a torn journal', async () => {
    const first = await authorize('p1');
    await sandbox.stop();
    appendFileSync(join(dataDir, 'journal.jsonl'), '{"charge":{"id":"pi_to');
    await start();
    expect((await authorize('p1')).id).toBe(first.id);
    await expect(authorize('p1', 'tok_ok', 'p1:authorize', 5)).rejects.toMatchObject({
      type: 'StripeIdempotencyError',
    });
    expect((await control('GET', 'charges')).body).toHaveLength(1);
  });

  it('declines with a reason and keeps no charge', async () => {
    await expect(authorize('p1', 'tok_declined')).rejects.toMatchObject({
      type: 'StripeCardError',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
    });
    expect((await control('GET', 'charges?payment=p1')).body).toEqual([]);
  });

  it('fails before charging, or after it, as the token says', async () => {
    await expect(authorize('before', 'tok_error')).rejects.toMatchObject({ statusCode: 500 });
    await expect(authorize('after', 'tok_error_after')).rejects.toMatchObject({ statusCode: 500 });
    expect((await control('GET', 'charges?payment=before')).body).toEqual([]);
    expect((await control('GET', 'charges?payment=after')).body).toMatchObject([{ status: 'authorized' }]);
    expect((await authorize('after', 'tok_error_after')).status).toBe('requires_capture');
    expect((await control('GET', 'charges?payment=after')).body).toHaveLength(1);
  });

  it('charges and never answers, yet can be asked', async () => {
    const silent = new Stripe(API_KEY, {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      maxNetworkRetries: 0,
      timeout: 300,
      telemetry: false,
    });
    const never = silent.paymentIntents.create(
      {
        amount: 5,
        currency: 'eur',
        capture_method: 'manual',
        confirm: true,
        payment_method_data: card('tok_timeout'),
        metadata: { payment: 'p1' },
      },
      { idempotencyKey: 'p1:authorize' },
    );
    await expect(never).rejects.toMatchObject({ type: 'StripeConnectionError' });
    const found = await stripe.paymentIntents.search({ query: "metadata['payment']:'p1'" });
    expect(found.data.map((intent) => intent.status)).toEqual(['requires_capture']);
    expect((await stripe.paymentIntents.cancel(found.data[0]?.id ?? '')).status).toBe('canceled');
    await expect(stripe.paymentIntents.capture(found.data[0]?.id ?? '')).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });

  it('holds calls until the fault is cleared, and hits as many as the fault says', async () => {
    await control('POST', 'faults', { operation: 'authorize', mode: 'hold', count: 1 });
    const held = authorize('held');
    expect((await authorize('free')).status).toBe('requires_capture');
    expect((await control('GET', 'charges?payment=held')).body).toEqual([]);
    expect((await control('DELETE', 'faults')).body).toEqual({ released: 1 });
    expect((await held).status).toBe('requires_capture');
  });

  it('errs after the effect when the fault says so, and the retry gets the result', async () => {
    await control('POST', 'faults', { operation: 'capture', mode: 'error_after', count: 1 });
    const intent = await authorize('p1');
    await expect(stripe.paymentIntents.capture(intent.id, {}, { idempotencyKey: 'c' })).rejects.toMatchObject({
      statusCode: 500,
    });
    expect((await control('GET', 'charges?payment=p1')).body).toMatchObject([{ status: 'captured' }]);
    expect((await stripe.paymentIntents.capture(intent.id, {}, { idempotencyKey: 'c' })).status).toBe('succeeded');
  });

  it.each([
    [{}],
    [{ operation: 'authorize', mode: 'explode' }],
    [{ operation: 'any', mode: 'delay', delayMs: -1 }],
    [{ operation: 'any', mode: 'hold', count: 0 }],
    ['nonsense'],
  ])('refuses the fault %j', async (demand) => {
    expect((await control('POST', 'faults', demand)).status).toBe(400);
  });

  it('refuses a wrong API key and an unknown token', async () => {
    const foreignClient = new Stripe('sk_test_wrong', {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
    });
    await expect(foreignClient.paymentIntents.retrieve('pi_1')).rejects.toMatchObject({ statusCode: 401 });
    await expect(authorize('p1', 'tok_unheard_of')).rejects.toMatchObject({ code: 'resource_missing' });
  });
});
