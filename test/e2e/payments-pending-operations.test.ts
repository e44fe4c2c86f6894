import { randomUUID } from 'node:crypto';
import {
  PendingOperations,
  type Claimed,
  type OperationKind,
} from '../../src/modules/payments/persistence/pending-operations.js';
import { ProviderEvents } from '../../src/modules/payments/persistence/provider-events.js';
import { freshStart, query } from '../support/fresh-start.js';
import { startPlatformApp, type PlatformApp } from '../support/platform-app.js';

const BATCH = 20;
const LEASE_SECONDS = 3_600;
const LATER_SECONDS = 3_600;
const ACCOUNT = randomUUID();
const TABLES = { payment: 'pending_payments', refund: 'pending_refunds', orphan: 'orphan_checks' } as const;
const KINDS = ['payment', 'refund', 'orphan'] as const;

describe('a pending operation', () => {
  let app: PlatformApp;
  let pending: PendingOperations;
  let events: ProviderEvents;

  beforeAll(async () => {
    await freshStart();
    app = await startPlatformApp([], [PendingOperations, ProviderEvents]);
    [pending, events] = [app.get(PendingOperations), app.get(ProviderEvents)];
  });

  afterEach(async () => {
    await query(
      'TRUNCATE payments.pending_payments, payments.pending_refunds, payments.orphan_checks, payments.provider_events',
    );
  });

  afterAll(async () => {
    await app?.stop();
  });

  const record = async (status: 'processing' | 'captured' | 'failed'): Promise<string> => {
    const id = randomUUID();
    await query(
      `INSERT INTO payments.payments (account_id, id, status, amount_minor, currency, captured_at)
        VALUES ($1, $2, $3, 500, 'EUR', CASE WHEN $3 = 'captured' THEN now() END)`,
      [ACCOUNT, id, status],
    );
    return id;
  };
  /** Puts something among what is pending. @returns its id */
  const leave = async (
    kind: OperationKind,
    { dueInSeconds = 0, sealed = pending.sealToken('tok_ok') }: { dueInSeconds?: number; sealed?: Buffer } = {},
  ): Promise<string> => {
    const id = kind === 'orphan' ? await record('failed') : randomUUID();
    const token = kind === 'payment' ? [', card_token_sealed', ', $4'] : ['', ''];
    await query(
      `INSERT INTO payments.${TABLES[kind]} (${kind === 'refund' ? 'refund_id' : 'payment_id'}, account_id,
        next_attempt_at${token[0]}) VALUES ($1, $2, now() + make_interval(secs => $3)${token[1]})`,
      [id, ACCOUNT, dueInSeconds, ...(kind === 'payment' ? [sealed] : [])],
    );
    return id;
  };
  const claim = (kind: OperationKind): Promise<Claimed[]> =>
    kind === 'payment' ? pending.claimPayments(BATCH, LEASE_SECONDS) : pending.claim(kind, BATCH, LEASE_SECONDS);
  const claimed = async (kind: OperationKind): Promise<string[]> => (await claim(kind)).map(({ id }) => id);
  const receive = (
    kind: OperationKind,
    id: string,
    { event = randomUUID(), mayHoldMoney = true }: { event?: string; mayHoldMoney?: boolean } = {},
  ): Promise<boolean> =>
    events.receive({
      id: event,
      type: 'received',
      subject: kind === 'refund' ? { kind, id } : { kind: 'payment', id, accountId: ACCOUNT, mayHoldMoney },
    });

  describe.each(KINDS)('of the kind %s', (kind) => {
    it('is claimed when it is due, by one caller, and its attempts are counted', async () => {
      const [id] = [await leave(kind), await leave(kind, { dueInSeconds: LATER_SECONDS })];
      const claims = await Promise.all([claim(kind), claim(kind), claim(kind)]);
      expect(claims.flat()).toMatchObject([{ id, accountId: ACCOUNT, attempts: 0 }]);
      expect(await claim(kind)).toEqual([]);
      await pending.postpone(kind, id, 0);
      expect(await claim(kind)).toMatchObject([{ id, attempts: 1 }]);
    });

    it('is not due before its next attempt, unless an event arrives', async () => {
      const id = await leave(kind);
      await claim(kind);
      await pending.postpone(kind, id, LATER_SECONDS);
      expect(await claim(kind)).toEqual([]);
      await receive(kind, id);
      expect(await claimed(kind)).toEqual([id]);
    });

    it('is due at once when an event of the provider arrives, once per event', async () => {
      const [id, event] = [await leave(kind, { dueInSeconds: LATER_SECONDS }), randomUUID()];
      expect(await receive(kind, id, { event })).toBe(true);
      expect(await claimed(kind)).toEqual([id]);
      await pending.postpone(kind, id, LATER_SECONDS);
      expect(await receive(kind, id, { event })).toBe(false);
      expect(await claim(kind)).toEqual([]);
    });

    it('keeps its lease when an event arrives, and is due again as soon as the lease is given up', async () => {
      const id = await leave(kind);
      await claim(kind);
      await receive(kind, id);
      expect(await claim(kind)).toEqual([]);
      await pending.postpone(kind, id, LATER_SECONDS);
      expect(await claimed(kind)).toEqual([id]);
      // That attempt has taken the event into account: the next one keeps its schedule.
      await pending.postpone(kind, id, LATER_SECONDS);
      expect(await claim(kind)).toEqual([]);
    });

    it('can be claimed again once its lease has ended', async () => {
      const id = await leave(kind);
      await claim(kind);
      await query(
        `UPDATE payments.${TABLES[kind]}
          SET next_attempt_at = next_attempt_at - make_interval(secs => $1),
            leased_until = leased_until - make_interval(secs => $1)`,
        [LEASE_SECONDS],
      );
      expect(await claimed(kind)).toEqual([id]);
    });
  });

  it('is claimed with every card token that can be unsealed, beside one that cannot', async () => {
    const [unreadable, empty, good] = [
      await leave('payment', { sealed: Buffer.from('sealed with a secret that is gone') }),
      await leave('payment', { sealed: Buffer.alloc(0) }),
      await leave('payment'),
    ];
    const tokens = new Map(
      (await pending.claimPayments(BATCH, LEASE_SECONDS)).map(({ id, cardToken }) => [id, cardToken]),
    );
    expect(tokens).toEqual(
      new Map([
        [unreadable, null],
        [empty, null],
        [good, 'tok_ok'],
      ]),
    );
  });

  describe('as an orphan check is created by an event', () => {
    const checks = async (): Promise<string[]> =>
      (await query<{ id: string }>('SELECT payment_id AS id FROM payments.orphan_checks')).map(({ id }) => id);

    it('about money of a failed payment, once', async () => {
      const [id, event] = [await record('failed'), randomUUID()];
      await receive('payment', id, { event });
      expect(await claimed('orphan')).toEqual([id]);
      await pending.closeOrphanCheck(id);
      await receive('payment', id, { event });
      expect(await checks()).toEqual([]);
    });

    it.each(['processing', 'captured'] as const)('never for a payment that is %s', async (status) => {
      await receive('payment', await record(status));
      expect(await checks()).toEqual([]);
    });

    it('never when the event is about no money', async () => {
      await receive('payment', await record('failed'), { mayHoldMoney: false });
      expect(await checks()).toEqual([]);
    });

    it("never for a payment that is not the named account's", async () => {
      const id = await record('failed');
      await events.receive({
        id: randomUUID(),
        type: 'received',
        subject: { kind: 'payment', id, accountId: randomUUID(), mayHoldMoney: true },
      });
      expect(await checks()).toEqual([]);
    });
  });
});
