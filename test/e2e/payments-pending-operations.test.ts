import { randomUUID } from 'node:crypto';
import {
  PendingOperations,
  type Claimed,
  type OpenKind,
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

describe('open work', () => {
  let app: PlatformApp;
  let open: PendingOperations;
  let events: ProviderEvents;

  beforeAll(async () => {
    await freshStart();
    app = await startPlatformApp([], [PendingOperations, ProviderEvents]);
    [open, events] = [app.get(PendingOperations), app.get(ProviderEvents)];
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
      `INSERT INTO payments.payments (account_id, id, status, amount_minor, currency, captured_at) VALUES ($1, $2, $3, 500, 'EUR', CASE WHEN $3 = 'captured' THEN now() END)`,
      [ACCOUNT, id, status],
    );
    return id;
  };
  /** Puts something among what is open. @returns its id */
  const leave = async (
    kind: OpenKind,
    { dueInSeconds = 0, sealed = open.sealToken('tok_ok') }: { dueInSeconds?: number; sealed?: Buffer } = {},
  ): Promise<string> => {
    const id = kind === 'orphan' ? await record('failed') : randomUUID();
    const token = kind === 'payment' ? [', card_token_sealed', ', $4'] : ['', ''];
    await query(
      `INSERT INTO payments.${TABLES[kind]} (${kind === 'refund' ? 'refund_id' : 'payment_id'}, account_id, next_attempt_at${token[0]}) VALUES ($1, $2, now() + make_interval(secs => $3)${token[1]})`,
      [id, ACCOUNT, dueInSeconds, ...(kind === 'payment' ? [sealed] : [])],
    );
    return id;
  };
  const claim = (kind: OpenKind): Promise<Claimed[]> =>
    kind === 'payment' ? open.claimPayments(BATCH, LEASE_SECONDS) : open.claim(kind, BATCH, LEASE_SECONDS);
  const claimed = async (kind: OpenKind): Promise<string[]> => (await claim(kind)).map(({ id }) => id);
  const tell = (
    kind: OpenKind,
    id: string,
    { event = randomUUID(), mayHoldMoney = true }: { event?: string; mayHoldMoney?: boolean } = {},
  ): Promise<boolean> =>
    events.receive({
      id: event,
      type: 'told',
      subject: kind === 'refund' ? { kind, id } : { kind: 'payment', id, accountId: ACCOUNT, mayHoldMoney },
    });

  describe.each(KINDS)('of the kind %s', (kind) => {
    it('is taken when its time has come, by one, and its looks are counted', async () => {
      const [id] = [await leave(kind), await leave(kind, { dueInSeconds: LATER_SECONDS })];
      const taken = await Promise.all([claim(kind), claim(kind), claim(kind)]);
      expect(taken.flat()).toMatchObject([{ id, accountId: ACCOUNT, looks: 0 }]);
      expect(await claim(kind)).toEqual([]);
      await open.postpone(kind, id, 0);
      expect(await claim(kind)).toMatchObject([{ id, looks: 1 }]);
    });

    it('is looked at no sooner than was agreed, until something is heard of it', async () => {
      const id = await leave(kind);
      await claim(kind);
      await open.postpone(kind, id, LATER_SECONDS);
      expect(await claim(kind)).toEqual([]);
      await tell(kind, id);
      expect(await claimed(kind)).toEqual([id]);
    });

    it('is looked at now when the provider speaks of it, once for each event', async () => {
      const [id, event] = [await leave(kind, { dueInSeconds: LATER_SECONDS }), randomUUID()];
      expect(await tell(kind, id, { event })).toBe(true);
      expect(await claimed(kind)).toEqual([id]);
      await open.postpone(kind, id, LATER_SECONDS);
      expect(await tell(kind, id, { event })).toBe(false);
      expect(await claim(kind)).toEqual([]);
    });

    it('stays with whoever has it while the provider speaks of it, and is looked at again as soon as they let go', async () => {
      const id = await leave(kind);
      await claim(kind);
      await tell(kind, id);
      expect(await claim(kind)).toEqual([]);
      await open.postpone(kind, id, LATER_SECONDS);
      expect(await claimed(kind)).toEqual([id]);
      // That look has heard the news: the next one keeps its appointment.
      await open.postpone(kind, id, LATER_SECONDS);
      expect(await claim(kind)).toEqual([]);
    });

    it('is open to the next when whoever had it is gone for longer than the lease', async () => {
      const id = await leave(kind);
      await claim(kind);
      await query(
        `UPDATE payments.${TABLES[kind]} SET next_attempt_at = next_attempt_at - make_interval(secs => $1), leased_until = leased_until - make_interval(secs => $1)`,
        [LEASE_SECONDS],
      );
      expect(await claimed(kind)).toEqual([id]);
    });
  });

  it('is taken with every card token that can be read, beside one that cannot', async () => {
    const [unreadable, empty, good] = [
      await leave('payment', { sealed: Buffer.from('sealed with a secret that is gone') }),
      await leave('payment', { sealed: Buffer.alloc(0) }),
      await leave('payment'),
    ];
    const tokens = new Map(
      (await open.claimPayments(BATCH, LEASE_SECONDS)).map(({ id, cardToken }) => [id, cardToken]),
    );
    expect(tokens).toEqual(
      new Map([
        [unreadable, null],
        [empty, null],
        [good, 'tok_ok'],
      ]),
    );
  });

  describe('is made by an event', () => {
    const strays = async (): Promise<string[]> =>
      (await query<{ id: string }>('SELECT payment_id AS id FROM payments.orphan_checks')).map(({ id }) => id);

    it('of money that the provider holds for a payment that has failed, once', async () => {
      const [id, event] = [await record('failed'), randomUUID()];
      await tell('payment', id, { event });
      expect(await claimed('orphan')).toEqual([id]);
      await open.closeOrphanCheck(id);
      await tell('payment', id, { event });
      expect(await strays()).toEqual([]);
    });

    it.each(['processing', 'captured'] as const)('never for a payment that is %s', async (status) => {
      await tell('payment', await record(status));
      expect(await strays()).toEqual([]);
    });

    it('never when the news is of no money', async () => {
      await tell('payment', await record('failed'), { mayHoldMoney: false });
      expect(await strays()).toEqual([]);
    });

    it("never for a payment that is not the named account's", async () => {
      const id = await record('failed');
      await events.receive({
        id: randomUUID(),
        type: 'told',
        subject: { kind: 'payment', id, accountId: randomUUID(), mayHoldMoney: true },
      });
      expect(await strays()).toEqual([]);
    });
  });
});
