import { randomUUID } from 'node:crypto';
import type { Payment } from '../../src/modules/payments/domain/payment.js';
import { Payments } from '../../src/modules/payments/persistence/payments.js';
import { LeaseLostError } from '../../src/platform/idempotency/index.js';
import { Outbox } from '../../src/platform/outbox/index.js';
import { freshStart, query } from '../support/fresh-start.js';
import { startPlatformApp, type PlatformApp } from '../support/platform-app.js';

const ACCOUNT = randomUUID();
const ANSWER = { state: 'finished', status: 201, headers: {} };

describe('a capture', () => {
  let app: PlatformApp;
  let payment: Payment;
  const [scope, key] = ['POST /v1/payments', 'key'];
  let lockToken: string;

  beforeAll(async () => {
    await freshStart();
    app = await startPlatformApp([], [Payments]);
  });

  beforeEach(async () => {
    lockToken = randomUUID();
    payment = {
      id: randomUUID(),
      accountId: ACCOUNT,
      reference: null,
      status: 'captured',
      amountMinor: 5n,
      currency: 'EUR',
      refundedMinor: 0n,
      providerId: 'pi',
      failure: null,
      lines: [],
      createdAt: new Date(),
      capturedAt: new Date(),
    };
    await query(
      `INSERT INTO payments.payments (account_id, id, status, amount_minor, currency)
        VALUES ($1, $2, 'processing', 5, 'EUR')`,
      [ACCOUNT, payment.id],
    );
    await query(
      `INSERT INTO payments.pending_payments (payment_id, account_id, card_token_sealed, next_attempt_at)
        VALUES ($1, $2, '', now())`,
      [payment.id, ACCOUNT],
    );
    await query(
      `INSERT INTO platform.idempotency_keys (scope, key, fingerprint, work_id, lock_token, locked_at)
        VALUES ($1, $2, '', $3, $4, now())`,
      [scope, key, payment.id, lockToken],
    );
  });

  afterEach(async () => {
    await query('TRUNCATE platform.idempotency_keys, platform.outbox, payments.pending_payments');
  });

  afterAll(async () => {
    await app?.stop();
  });

  const record = (token: string | null): Promise<boolean> => {
    const events = app.get(Outbox).prepare({
      id: randomUUID(),
      type: 'payment.captured.v1',
      aggregateType: 'payment',
      aggregateId: payment.id,
      occurredAt: new Date(),
      payload: {},
    });
    const answer = {
      key: token && JSON.stringify({ scope, key, lockToken: token, ...ANSWER }),
      body: Buffer.from('{}'),
      committed: () => undefined,
    };
    return app.get(Payments).recordCaptureAtOnce(payment, { events, answer });
  };
  const written = async () =>
    (
      await query(
        `SELECT payment.status, (SELECT count(*)::int FROM payments.pending_payments) AS pending,
           (SELECT count(*)::int FROM platform.outbox) AS events, (SELECT state FROM platform.idempotency_keys) AS key
     FROM payments.payments payment WHERE id = $1`,
        [payment.id],
      )
    )[0];

  it('is written with its event and its answer, and is then no longer pending', async () => {
    expect(await record(lockToken)).toBe(true);
    expect(await written()).toEqual({ status: 'captured', pending: 0, events: 1, key: 'finished' });
  });

  it('is written once, also when a second attempt follows', async () => {
    await record(lockToken);
    expect(await record(lockToken)).toBe(false);
    expect(await record(null)).toBe(false);
    expect(await written()).toMatchObject({ events: 1 });
  });

  it('of a payment that has failed meanwhile is not written: its stock is released', async () => {
    await query("UPDATE payments.payments SET status = 'failed' WHERE id = $1", [payment.id]);
    expect(await record(lockToken)).toBe(false);
    expect(await written()).toEqual({ status: 'failed', pending: 1, events: 0, key: 'running' });
  });

  it('leaves no trace of an attempt whose key another one has taken over', async () => {
    await expect(record(randomUUID())).rejects.toBeInstanceOf(LeaseLostError);
    expect(await written()).toEqual({ status: 'processing', pending: 1, events: 0, key: 'running' });
  });

  it('needs no key when no request waits for it', async () => {
    expect(await record(null)).toBe(true);
    expect(await written()).toEqual({ status: 'captured', pending: 0, events: 1, key: 'running' });
  });
});
