import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { eventually } from '../support/eventually.js';
import { query, withOwner } from '../support/fresh-start.js';
import { setUpPayments, pay } from '../support/payments.js';
import { askProvider, chargesOf } from '../support/provider-sandbox.js';
import { newStaff, type Person } from '../support/people.js';
import { testServices } from '../support/services.js';

interface TrialBalance {
  balanced: boolean;
  accounts: { account: string; balance: { amount: number; currency: string } }[];
  totals: { amount: number; currency: string }[];
}

interface Sales {
  data: {
    day: string;
    currency: string;
    payments: number;
    captured: { amount: number };
    refunded: { amount: number };
  }[];
}

interface PaymentLedger {
  transactions: { kind: string; entries: { account: string; amount: { amount: number; currency: string } }[] }[];
  cash: { amount: number; currency: string }[];
}

interface Reconciliation {
  complete: boolean;
  differences: {
    paymentId: string;
    kind: string;
    provider: { amount: number; currency: string };
    ledger: { amount: number; currency: string };
    settling: boolean;
  }[];
}

const YEAR_MS = 365 * 86_400_000;

const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);
const startedOn = dayOf(Date.now());
/** All days of this suite: midnight may pass while it runs. */
const itsDays = (): string => `from=${startedOn}&to=${dayOf(Date.now())}`;

describe('the ledger', () => {
  const shop = setUpPayments({ stock: 100, keepsStock: true });
  let finance: Person;
  /** The cash per currency after 3 payments in EUR and one in JPY, some refunded. */
  let cash: Record<string, number>;

  beforeAll(async () => {
    finance = await newStaff(shop.api, 'finance');
    const [first, second] = shop.items;
    await query("UPDATE catalog.items SET currency = 'JPY', price_minor = 500 WHERE id = $1", [second.id]);
    const orders = [first.id, first.id, first.id, second.id];
    const ids: string[] = [];
    for (const itemId of orders) ids.push((await pay(shop.api, itemId, {}, { token: shop.customer.token })).body.id);
    await shop.api.post(
      `/v1/payments/${ids[0]}/refunds`,
      { amount: { amount: 7, currency: 'EUR' } },
      { token: shop.customer.token },
    );
    await shop.api.post(`/v1/payments/${ids[3]}/refunds`, {}, { token: shop.customer.token });
    cash = {};
    for (const id of ids)
      for (const { amount, refunded, currency } of await chargesOf(id))
        cash[currency] = (cash[currency] ?? 0) + amount - refunded;
    await eventually(
      async () =>
        (await query('SELECT FROM payments.ledger_transactions')).length === 6 &&
        (await query("SELECT FROM audit.consumer_effects WHERE consumer = 'payments-sales'")).length === 6,
    );
  });

  const trialBalance = async (): Promise<TrialBalance> =>
    (await shop.api.get<TrialBalance>('/v1/ledger/trial-balance', { token: finance.token })).body;

  it('has in cash what the provider holds for us, in each currency', async () => {
    const { accounts } = await trialBalance();
    expect(
      Object.fromEntries(
        accounts.filter(({ account }) => account === 'cash').map(({ balance }) => [balance.currency, balance.amount]),
      ),
    ).toEqual(cash);
  });

  it('shows the postings of one payment, and its balance in cash', async () => {
    const [paid] = await query<{ id: string }>('SELECT id FROM audit.payments ORDER BY id LIMIT 1');
    const { status, body } = await shop.api.get<PaymentLedger>(`/v1/ledger/payments/${paid?.id}`, {
      token: finance.token,
    });
    const [charge] = await chargesOf(paid?.id);
    const [amount, left] = [charge?.amount ?? 0, (charge?.amount ?? 0) - 7];
    expect(status).toBe(200);
    expect(
      body.transactions.map(({ kind, entries }) => [
        kind,
        ...entries.map(({ account, amount: sum }) => `${account} ${sum.amount} ${sum.currency}`),
      ]),
    ).toEqual([
      ['capture', `cash ${amount} EUR`, `revenue ${-amount} EUR`],
      ['refund', 'refunds 7 EUR', 'cash -7 EUR'],
    ]);
    expect(body.cash).toEqual([{ amount: left, currency: 'EUR' }]);
    expect(await shop.api.get(`/v1/ledger/payments/${uuidv7()}`, { token: finance.token })).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    expect((await shop.api.get(`/v1/ledger/payments/${paid?.id}`, { token: shop.customer.token })).status).toBe(403);
  });

  it("agrees with the provider's record, and every difference is reported", async () => {
    const reconcile = async (ids: string[]): Promise<Reconciliation['differences']> => {
      const { status, body } = await shop.api.get<Reconciliation>(`/v1/reports/reconciliation?${itsDays()}`, {
        token: finance.token,
      });
      expect([status, body.complete]).toEqual([200, true]);
      // The sandbox has the charges of earlier suites.
      return body.differences.filter(({ paymentId }) => ids.includes(paymentId));
    };
    const ours = (await query<{ id: string }>('SELECT id FROM audit.payments')).map(({ id }) => id);
    expect(ours).toHaveLength(4);
    expect(await reconcile(ours)).toEqual([]);
    const [unposted, invented] = [uuidv7(), uuidv7()];
    const intent = {
      amount: '500',
      currency: 'eur',
      capture_method: 'manual',
      confirm: 'true',
      'payment_method_data[card][token]': 'tok_ok',
      'metadata[payment]': unposted,
      'metadata[account]': shop.customer.accountId,
    };
    const { id } = await askProvider<{ id: string }>('payment_intents', intent);
    expect(await reconcile([unposted])).toEqual([
      {
        paymentId: unposted,
        kind: 'held',
        provider: { amount: 500, currency: 'EUR' },
        ledger: { amount: 0, currency: 'EUR' },
        settling: true,
      },
    ]);
    await askProvider(`payment_intents/${id}/capture`);
    await withOwner(async (owner) => {
      await owner.query('BEGIN');
      await owner.query(
        `INSERT INTO payments.ledger_transactions (id, kind, payment_id, occurred_at)
          VALUES ($1, 'capture', $1, now())`,
        [invented],
      );
      await owner.query(
        `INSERT INTO payments.ledger_entries
          VALUES ($1, 1, 'cash', 'EUR', 90071992547409931), ($1, 2, 'revenue', 'EUR', -90071992547409931)`,
        [invented],
      );
      await owner.query('COMMIT');
    });
    expect((await reconcile([unposted, invented])).map(({ kind }) => kind).toSorted()).toEqual([
      'not_at_provider',
      'not_posted',
    ]);
    await withOwner(async (owner) => {
      await owner.query('BEGIN');
      await owner.query('DELETE FROM payments.ledger_entries WHERE transaction_id = $1', [invented]);
      await owner.query('DELETE FROM payments.ledger_transactions WHERE id = $1', [invented]);
      await owner.query('COMMIT');
    });
    await askProvider('refunds', { payment_intent: id });
    const tooLong = await shop.api.get(
      `/v1/reports/reconciliation?from=${dayOf(Date.now() - YEAR_MS)}&to=${startedOn}`,
      { token: finance.token },
    );
    expect(tooLong).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });

  it('balances in each currency and each transaction', async () => {
    const balance = await trialBalance();
    expect(balance.balanced).toBe(true);
    expect(balance.totals).toEqual([
      { amount: 0, currency: 'EUR' },
      { amount: 0, currency: 'JPY' },
    ]);
    expect(
      await query(
        `SELECT transaction_id FROM audit.ledger_entries GROUP BY transaction_id, currency
          HAVING sum(amount_minor) <> 0`,
      ),
    ).toEqual([]);
  });

  it('reports the sales of a day per currency', async () => {
    const { body } = await shop.api.get<Sales>(`/v1/reports/sales?${itsDays()}`, {
      token: finance.token,
    });
    const keys = body.data.map(({ day, currency }) => `${day} ${currency}`);
    expect([...new Set(keys)].toSorted()).toEqual(keys);
    const totalOf = (wanted: string) => {
      const rows = body.data.filter(({ currency }) => currency === wanted);
      const sum = (amountOf: (row: Sales['data'][number]) => number) =>
        rows.reduce((all, row) => all + amountOf(row), 0);
      return {
        payments: sum(({ payments }) => payments),
        captured: sum(({ captured }) => captured.amount),
        refunded: sum(({ refunded }) => refunded.amount),
      };
    };
    expect(totalOf('EUR')).toEqual({ payments: 3, captured: (cash.EUR ?? 0) + 7, refunded: 7 });
    expect(totalOf('JPY')).toEqual({ payments: 1, captured: 500, refunded: 500 });
  });

  it.each([
    'from=2026-01-01',
    'from=2026-02-30&to=2026-03-01',
    'from=0000-01-01&to=0000-01-02',
    'from=9999-12-31&to=9999-12-31',
    'from=2026-02-02&to=2026-02-01',
    'from=2020-01-01&to=2026-01-01',
    "from=2026-01-01'--&to=2026-01-02",
    'from[]=2026-01-01&to=2026-01-02',
  ])('refuses the period %s', async (search) => {
    expect(await shop.api.get(`/v1/reports/sales?${search}`, { token: finance.token })).toMatchObject({
      status: 400,
    });
  });

  it.each(['/v1/ledger/trial-balance', '/v1/reports/sales?from=2026-01-01&to=2026-01-02'])(
    'is open to the role finance only: %s',
    async (path) => {
      expect(await shop.api.get(path)).toMatchObject({ status: 401 });
      expect(await shop.api.get(path, { token: shop.customer.token })).toMatchObject({ status: 403 });
      const answer = await shop.api.get(path, { token: finance.token });
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
    },
  );

  describe('in the database', () => {
    let payments: Client;

    beforeEach(async () => {
      const url = new URL(testServices().pooler);
      url.username = 'bulwark_payments';
      url.password = encodeURIComponent(testServices().environment.DATABASE_PAYMENTS_PASSWORD ?? '');
      payments = new Client({ connectionString: url.toString() });
      await payments.connect();
    });

    afterEach(async () => {
      await payments.end();
    });

    const post = async (entries: [string, string, string][]): Promise<void> => {
      const id = uuidv7();
      await payments.query('BEGIN');
      try {
        await payments.query(
          `INSERT INTO payments.ledger_transactions (id, kind, payment_id, occurred_at)
            VALUES ($1, 'capture', $1, now())`,
          [id],
        );
        for (const [index, [account, currency, amount]] of entries.entries())
          await payments.query('INSERT INTO payments.ledger_entries VALUES ($1, $2, $3, $4, $5)', [
            id,
            index + 1,
            account,
            currency,
            amount,
          ]);
        await payments.query('COMMIT');
      } catch (error) {
        await payments.query('ROLLBACK');
        throw error;
      }
    };

    it.each<[string, [string, string, string][]]>([
      ['one entry only', [['cash', 'EUR', '5']]],
      [
        'entries that differ',
        [
          ['cash', 'EUR', '5'],
          ['revenue', 'EUR', '-4'],
        ],
      ],
      [
        'entries that balance across currencies only',
        [
          ['cash', 'EUR', '5'],
          ['revenue', 'USD', '-5'],
        ],
      ],
    ])('refuses a transaction with %s at its commit', async (_, entries) => {
      await expect(post(entries)).rejects.toMatchObject({ code: '23514', constraint: 'ledger_transactions_balance' });
    });

    it('refuses it from the owner of the tables too', async () => {
      const unbalanced = withOwner(async (owner) => {
        await owner.query('BEGIN');
        await owner.query(
          `INSERT INTO payments.ledger_transactions (id, kind, payment_id, occurred_at)
            VALUES ($1, 'capture', $1, now())`,
          [uuidv7()],
        );
        await owner.query(
          `INSERT INTO payments.ledger_entries SELECT id, 1, 'cash', 'EUR', 5 FROM payments.ledger_transactions
            ORDER BY id DESC LIMIT 1`,
        );
        await owner.query('COMMIT');
      });
      await expect(unbalanced).rejects.toMatchObject({ code: '23514', constraint: 'ledger_transactions_balance' });
    });

    it('refuses an entry that is added later to a balanced transaction', async () => {
      await expect(
        payments.query(
          `INSERT INTO payments.ledger_entries SELECT transaction_id, 99, 'cash', 'EUR', 1
            FROM payments.ledger_entries LIMIT 1`,
        ),
      ).rejects.toMatchObject({ code: '23514' });
    });

    it('is exact beyond the precision of a float, also on the wire', async () => {
      const huge = '9007199254740993000000001';
      await post([
        ['cash', 'KWD', huge],
        ['revenue', 'KWD', `-${huge}`],
      ]);
      const { text } = await shop.api.get('/v1/ledger/trial-balance', { token: finance.token });
      expect(text).toContain(`"balance":{"amount":${huge},"currency":"KWD"}`);
    });

    it.each([
      'UPDATE payments.ledger_entries SET amount_minor = 1',
      'DELETE FROM payments.ledger_entries',
      'TRUNCATE payments.ledger_entries',
      'DELETE FROM payments.ledger_transactions',
      'ALTER TABLE payments.ledger_entries DISABLE TRIGGER ALL',
    ])('refuses the correction: %s', async (statement) => {
      await expect(payments.query(statement)).rejects.toMatchObject({ code: '42501' });
    });

    it('keeps a payment, its lines and its refunds in one partition, which alone a request visits', async () => {
      const partitions = await query<{ table: string; n: number }>(
        `SELECT parent.relname AS table, count(*)::integer AS n FROM pg_inherits
          JOIN pg_class parent ON parent.oid = inhparent
          WHERE parent.relnamespace = 'payments'::regnamespace AND parent.relkind = 'p' GROUP BY 1 ORDER BY 1`,
      );
      expect(partitions).toEqual([
        { table: 'payment_lines', n: 16 },
        { table: 'payments', n: 16 },
        { table: 'refunds', n: 16 },
      ]);
      const [plan] = await withOwner(
        async (client) =>
          (
            await client.query(
              `EXPLAIN (FORMAT JSON) SELECT * FROM payments.payments JOIN payments.payment_lines USING (account_id)
                WHERE account_id = $1`,
              [shop.customer.accountId],
            )
          ).rows as { 'QUERY PLAN': unknown }[],
      );
      expect(new Set(JSON.stringify(plan).match(/payments_\d+(?=")/g)).size).toBe(1);
      expect(new Set(JSON.stringify(plan).match(/payment_lines_\d+(?=")/g)).size).toBe(1);
    });
  });
});
