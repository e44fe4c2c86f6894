import type { ApiAnswer, ApiClient, ApiRequest } from './api-client.js';
import { startBulwark, type Bulwark } from './bulwark.js';
import { eventually } from './eventually.js';
import { freshStartWithCatalog, query } from './fresh-start.js';
import { newCustomer, type Person } from './people.js';
import { chargesOf, clearFaults } from './provider-sandbox.js';

/** An amount on the wire. */
export interface MoneyBody {
  amount: number;
  currency: string;
}

/** A payment on the wire. */
export interface PaymentBody {
  id: string;
  status: 'processing' | 'captured' | 'failed';
  amount: MoneyBody;
  refunded: MoneyBody;
  reference: string | null;
  lines: { itemId: string; sku: string; title: string; quantity: number; unitPrice: MoneyBody }[];
  createdAt: string;
  capturedAt: string | null;
}

/** A refusal on the wire, with what the payments context adds to it. */
export interface RefusalBody {
  code: string;
  reason?: string;
  paymentId?: string;
  lines?: { itemId: string; unitPrice: MoneyBody; available: number }[];
}

export type PaymentAnswer = ApiAnswer<PaymentBody & RefusalBody>;

/** An item that the sample catalog sells, as the database has it. */
export interface Sold {
  id: string;
  price: MoneyBody;
}

/** How a suite about payments is set up. */
export interface PaymentSetUpOptions {
  /** The stock of every item, before each test; a suite that counts over its tests keeps it from the first one. */
  readonly stock: number;
  readonly keepsStock?: boolean;
  readonly environment?: () => Promise<Record<string, string>> | Record<string, string>;
}

/** A running product with the sample catalog, a customer and items in stock. */
export class PaymentSetUp {
  bulwark!: Bulwark;
  customer!: Person;
  items!: [Sold, Sold, Sold];

  constructor(private readonly environment: NonNullable<PaymentSetUpOptions['environment']>) {}

  get api(): ApiClient {
    return this.bulwark.api;
  }

  get item(): Sold {
    return this.items[0];
  }

  async start(): Promise<void> {
    this.bulwark = await startBulwark(await this.environment());
  }

  /** Waits until a payment is captured or failed. */
  ended(id: string, withinMs: number): Promise<PaymentBody> {
    return eventually(async () => {
      const { body } = await this.api.get<PaymentBody>(`/v1/payments/${id}`, { token: this.customer.token });
      return body.status !== 'processing' && body;
    }, withinMs);
  }
}

/** The set-up of the suites about payments: call it first in a `describe`. Faults end with each test. */
export function setUpPayments({
  stock,
  keepsStock = false,
  environment = () => ({}),
}: PaymentSetUpOptions): PaymentSetUp {
  const setUp = new PaymentSetUp(environment);

  beforeAll(async () => {
    await freshStartWithCatalog();
    await setUp.start();
    setUp.customer = await newCustomer(setUp.api);
    setUp.items = await stockUp(stock);
  });

  beforeEach(async () => {
    if (!keepsStock) setUp.items = await stockUp(stock);
  });

  afterEach(async () => {
    await clearFaults();
  });

  afterAll(async () => {
    await setUp.bulwark?.stop();
  });

  return setUp;
}

/** Items of the catalog, each with the given stock. */
export async function stockUp(quantity: number): Promise<[Sold, Sold, Sold]> {
  await query('UPDATE catalog.stock SET quantity = $1', [quantity]);
  const rows = await query<{ id: string; price_minor: string; currency: string }>(
    'SELECT id, price_minor, currency FROM catalog.items WHERE deleted_at IS NULL ORDER BY id LIMIT 3',
  );
  const [first, second, third] = rows.map(({ id, price_minor: minor, currency }) => ({
    id,
    price: { amount: Number(minor), currency },
  }));
  if (!first || !second || !third) throw new Error('The sample catalog is not loaded.');
  return [first, second, third];
}

export async function stockOf(itemId: string): Promise<number | undefined> {
  return (await query<{ quantity: number }>('SELECT quantity FROM audit.stock WHERE item_id = $1', [itemId]))[0]
    ?.quantity;
}

/** Pays for one piece, unless the order says otherwise. */
export function pay(
  api: ApiClient,
  itemId: string,
  order: Record<string, unknown> = {},
  request: ApiRequest = {},
): Promise<PaymentAnswer> {
  return api.post('/v1/payments', { items: [{ itemId, quantity: 1 }], paymentMethod: 'tok_ok', ...order }, request);
}

/**
 * What is wrong with the payments since the fresh start: differences between the ledger and the provider's own record,
 * unbalanced transactions and pending operations. Empty once everything is recovered and delivered.
 */
export async function disagreements(): Promise<string[]> {
  const open = await query<{ id: string }>(
    'SELECT payment_id AS id FROM payments.pending_payments UNION ALL SELECT refund_id FROM payments.pending_refunds',
  );
  const unbalanced = await query<{ id: string }>(
    `SELECT transaction_id AS id FROM audit.ledger_entries GROUP BY transaction_id, currency
      HAVING sum(amount_minor) <> 0`,
  );
  const cash = await query<{ payment: string; currency: string; sum: string }>(
    `SELECT posted.payment_id AS payment, entry.currency, sum(entry.amount_minor)::text AS sum
      FROM payments.ledger_transactions posted
     JOIN payments.ledger_entries entry ON entry.transaction_id = posted.id WHERE entry.account = 'cash' GROUP BY 1, 2`,
  );
  const [first] = await query<{ id: string }>('SELECT id FROM audit.payments ORDER BY id LIMIT 1');
  // The sandbox has the charges of earlier suites; ids are in the order of time.
  const charges = (await chargesOf()).filter(({ payment }) => first && payment >= first.id);
  const ours = new Set(cash.map(({ payment, currency, sum }) => `${payment} ${sum} ${currency}`));
  const theirs = new Set(
    charges
      .filter(({ status }) => status === 'captured')
      .map(({ payment, amount, refunded, currency }) => `${payment} ${amount - refunded} ${currency}`),
  );
  return [
    ...open.map(({ id }) => `open: ${id}`),
    ...unbalanced.map(({ id }) => `unbalanced: ${id}`),
    ...charges.filter(({ status }) => status === 'authorized').map(({ payment }) => `held: ${payment}`),
    ...[...ours].filter((one) => !theirs.has(one)).map((one) => `in the ledger only: ${one}`),
    ...[...theirs].filter((one) => !ours.has(one)).map((one) => `at the provider only: ${one}`),
  ];
}
