import { randomUUID } from 'node:crypto';
import { StockReservations } from '../../src/modules/catalog/index.js';
import { DISTRIBUTION } from '../../src/cli/distribution/distribution.js';
import type { Payment } from '../../src/modules/payments/domain/payment.js';
import { Payments } from '../../src/modules/payments/persistence/payments.js';
import { ProviderEvents } from '../../src/modules/payments/persistence/provider-events.js';
import { Refunds } from '../../src/modules/payments/persistence/refunds.js';
import { eventually } from '../support/eventually.js';
import { freshStartWithCatalog, query, withOwner } from '../support/fresh-start.js';
import { partitionedStatements, partitionedStatementsOf } from '../support/partitioned-statements.js';
import { stockUp, type Sold } from '../support/payments.js';
import { oneLine, PlanWatch, type PlanMode, type WatchedPlan } from '../support/plan-watch.js';

const PARTITION = /^(payments|payment_lines|refunds)_\d+$/;
const DISTRIBUTED = new Set(DISTRIBUTION.tables.map((table) => table.replace('payments.', '')));
const LEASE_SECONDS = 60;
const SEALED = Buffer.from('sealed');

/** What a plan opens beyond one partition of each table. */
const tooMany = ({ text, tables }: WatchedPlan): { text: string; opened: string[] }[] => {
  const opened = tables.filter((table) => PARTITION.test(table));
  return new Set(opened.map((table) => table.replace(/_\d+$/, ''))).size < opened.length ? [{ text, opened }] : [];
};

/** The tables of a plan when some are distributed with the account and some stay where they are. */
const mixed = ({ text, tables }: WatchedPlan): { text: string; tables: readonly string[] }[] => {
  const distributed = tables.filter((table) => DISTRIBUTED.has(table.replace(/_\d+$/, '')));
  return distributed.length > 0 && distributed.length < tables.length ? [{ text, tables }] : [];
};

describe.each<PlanMode>(['force_custom_plan', 'force_generic_plan'])(
  'statements on the tables partitioned by account, with %s',
  (mode) => {
    let watch: PlanWatch;
    let item: Sold;
    const account = randomUUID();

    beforeAll(async () => {
      await freshStartWithCatalog();
      [item] = await stockUp(1_000);
      watch = await PlanWatch.start('bulwark_payments', mode);
      await runEverything();
    });

    afterAll(async () => {
      await watch?.stop();
    });

    const order = (reference: string | null) => ({
      accountId: account,
      id: randomUUID(),
      reference,
      requests: StockReservations.requestsOf([{ itemId: item.id, quantity: 1 }]),
      cardTokenSealed: SEALED,
      leaseSeconds: LEASE_SECONDS,
    });

    /** Each way that a payment and a refund can go, so that every statement runs. */
    async function runEverything(): Promise<void> {
      const [payments, refunds, events] = [
        new Payments(watch.database),
        new Refunds(watch.database),
        new ProviderEvents(watch.database),
      ];
      const [first, second, third] = [order('first'), order(null), order(null)];
      await payments.begin(first);
      await payments.begin({ ...order('first') });
      await loseTheRace(payments);
      const answer = { key: null, body: Buffer.from('{}'), committed: () => undefined };
      await payments.recordCaptureAtOnce(
        { ...((await payments.find(account, first.id)) as Payment), providerId: 'pi', capturedAt: new Date() },
        { events: '[]', answer },
      );
      await payments.begin(second);
      await watch.database.transaction((tx) => payments.recordCapture(tx, account, second.id, 'pi'));
      await payments.begin(third);
      await watch.database.transaction((tx) =>
        payments.recordFailure(tx, account, third.id, { reason: 'expired', orphanCheckInSeconds: 60 }),
      );
      await payments.list(account, 10, third.id);
      const refund = { id: randomUUID(), accountId: account, paymentId: first.id, amountMinor: 1n };
      const begun = await watch.database.transaction((tx) => refunds.begin(tx, refund, LEASE_SECONDS));
      if (!begun) throw new Error('The refund did not begin.');
      await refunds.find(account, refund.id);
      await watch.database.transaction((tx) => refunds.end(tx, begun, 'succeeded'));
      await events.receive({
        id: randomUUID(),
        type: 'charge.updated',
        subject: { kind: 'payment', id: third.id, accountId: account, mayHoldMoney: true },
      });
    }

    /** Another payment takes the reference after it was found free, while this one waits for the stock. */
    async function loseTheRace(payments: Payments): Promise<void> {
      const winner = randomUUID();
      await withOwner(async (other) => {
        await other.query('BEGIN');
        await other.query('SELECT FROM catalog.stock WHERE item_id = $1 FOR UPDATE', [item.id]);
        const losing = payments.begin(order('raced'));
        await eventually(
          async () =>
            (
              await query(
                "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%begin_payment%'",
              )
            ).length > 0,
        );
        await other.query(
          `INSERT INTO payments.payments (account_id, id, reference, status, amount_minor, currency)
            VALUES ($1, $2, 'raced', 'processing', 5, 'EUR')`,
          [account, winner],
        );
        await other.query("INSERT INTO payments.payment_lines VALUES ($1, $2, 1, $3, 'sku', 'title', 1, 5)", [
          account,
          winner,
          item.id,
        ]);
        await other.query('COMMIT');
        expect(await losing).toMatchObject({ outcome: 'paid' });
      });
    }

    it('open one partition of each table, also inside functions and for foreign keys', () => {
      expect(watch.plans.flatMap(tooMany)).toEqual([]);
    });

    it('name no table beside them that stays on one machine when they are distributed', () => {
      expect(watch.plans.flatMap(mixed)).toEqual([]);
    });

    it('are all there: none in the source was left out', () => {
      const statements = partitionedStatements();
      expect(statements.length).toBeGreaterThanOrEqual(8);
      const seen = new Set(watch.plans.map(({ text }) => text));
      expect(statements.filter((statement) => !seen.has(statement))).toEqual([]);
    });

    it('are all there: none in a function was left out', async () => {
      const functions = await query<{ body: string }>(
        `SELECT prosrc AS body FROM pg_proc WHERE pronamespace IN (SELECT oid FROM pg_namespace
          WHERE nspname IN ('payments', 'platform', 'catalog', 'account'))`,
      );
      const statements = functions.flatMap(({ body }) => partitionedStatementsOf(body));
      expect(statements.length).toBeGreaterThanOrEqual(5);
      const seen = new Set(watch.plans.map(({ text }) => text));
      expect(statements.filter((statement) => !seen.has(statement))).toEqual([]);
    });

    it('are seen when they open more: a planted one without the account', async () => {
      await watch.manager.query('SELECT amount_minor FROM payments.payments WHERE id = $1', [randomUUID()]);
      await watch.manager.query(
        `SELECT amount_minor FROM payments.payments JOIN payments.pending_payments ON payment_id = id
          WHERE payments.account_id = $1`,
        [account],
      );
      expect(watch.plans.flatMap(mixed)).toHaveLength(1);
      const planted = watch.plans.flatMap(tooMany);
      expect(planted.map(({ text }) => text)).toEqual([
        oneLine('SELECT amount_minor FROM payments.payments WHERE id = $1'),
      ]);
      expect(planted[0]?.opened).toHaveLength(16);
    });
  },
);
