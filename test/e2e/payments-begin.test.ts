import { randomUUID } from 'node:crypto';
import { StockReservations } from '../../src/modules/catalog/index.js';
import { PendingOperations } from '../../src/modules/payments/persistence/pending-operations.js';
import { Payments, type Begun } from '../../src/modules/payments/persistence/payments.js';
import { ProviderEvents } from '../../src/modules/payments/persistence/provider-events.js';
import { eventually } from '../support/eventually.js';
import { freshStartWithCatalog, query, withOwner } from '../support/fresh-start.js';
import { stockOf, stockUp, type Sold } from '../support/payments.js';
import { startPlatformApp, type PlatformApp } from '../support/platform-app.js';

const STOCK = 10;
const BATCH = 20;
const LEASE_SECONDS = 3_600;
const ACCOUNT = randomUUID();

describe('a payment that begins', () => {
  let app: PlatformApp;
  let item: Sold;

  beforeAll(async () => {
    await freshStartWithCatalog();
    app = await startPlatformApp([], [PendingOperations, Payments, ProviderEvents]);
  });

  beforeEach(async () => {
    [item] = await stockUp(STOCK);
  });

  afterAll(async () => {
    await app?.stop();
  });

  const begin = (id: string, reference: string | null = null): Promise<Begun> => {
    const requests = StockReservations.requestsOf([{ itemId: item.id, quantity: 1 }]);
    return app.get(Payments).begin({
      accountId: ACCOUNT,
      id,
      reference,
      requests,
      cardTokenSealed: app.get(PendingOperations).sealToken('tok_ok'),
      leaseSeconds: LEASE_SECONDS,
    });
  };

  it('is leased to its request from the beginning, also when an event of the provider arrives meanwhile', async () => {
    const [pending, id] = [app.get(PendingOperations), randomUUID()];
    expect(await begin(id)).toMatchObject({ outcome: 'begun' });
    await app.get(ProviderEvents).receive({
      id: randomUUID(),
      type: 'received',
      subject: { kind: 'payment', id, accountId: ACCOUNT, mayHoldMoney: true },
    });
    expect(await pending.claimPayments(BATCH, LEASE_SECONDS)).toEqual([]);
    await pending.postpone('payment', id, LEASE_SECONDS);
    expect(await pending.claimPayments(BATCH, LEASE_SECONDS)).toMatchObject([{ id, cardToken: 'tok_ok' }]);
  });

  it('reserves its stock once when several requests with one reference begin at the same time', async () => {
    // Each waits on a server connection of its own, and `npm run test:conformance` has fewer of them.
    const BUYERS = Math.min(4, Number(process.env.BULWARK_POOLER_POOL_SIZE ?? 4));
    const begun = await withOwner(async (owner) => {
      await owner.query('BEGIN');
      await owner.query('SELECT FROM catalog.stock WHERE item_id = $1 FOR UPDATE', [item.id]);
      const all = Promise.all(Array.from({ length: BUYERS }, () => begin(randomUUID(), 'raced')));
      // All have checked the reference, and wait for the lock on the stock.
      await eventually(
        async () =>
          (await query("SELECT FROM pg_stat_activity WHERE usename = 'bulwark_payments' AND wait_event_type = 'Lock'"))
            .length === BUYERS,
      );
      await owner.query('COMMIT');
      return all;
    });
    expect(begun.map(({ outcome }) => outcome).toSorted()).toEqual([
      'begun',
      ...Array.from({ length: BUYERS - 1 }, () => 'paid'),
    ]);
    const [winner] = await query<{ id: string }>("SELECT id FROM audit.payments WHERE reference = 'raced'");
    for (const { paidBy } of begun.filter(({ outcome }) => outcome === 'paid')) expect(paidBy).toBe(winner?.id);
    expect(await stockOf(item.id)).toBe(STOCK - 1);
  });
});
