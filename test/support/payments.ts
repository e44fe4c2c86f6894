import { createHmac } from 'node:crypto';
import type { ApiAnswer, ApiClient, ApiRequest } from './api-client.js';
import { query } from './fresh-start.js';
import { testServices } from './services.js';

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

/** Signs an event as the provider does. */
export function signEvent(body: string, secret: string, atSeconds = Math.floor(Date.now() / 1_000)): string {
  return `t=${atSeconds},v1=${createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex')}`;
}

/** Where the provider sends its events from now on; null for nowhere. */
export function sendEventsTo(url: string | null): Promise<unknown> {
  return sandbox('PUT', 'webhook', { url });
}

/** Calls the provider's own API, as somebody else with our key would. */
export async function askProvider<T>(path: string, form: Record<string, string> = {}): Promise<T> {
  const { paymentProvider, environment } = testServices();
  const answer = await fetch(`${paymentProvider}/v1/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${environment.PAYMENT_PROVIDER_KEY}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export interface SandboxCharge {
  id: string;
  payment: string;
  amount: number;
  currency: string;
  status: 'authorized' | 'captured' | 'voided';
  refunded: number;
}

/** The provider's own record of one payment, or of all. */
export function chargesOf(payment?: string): Promise<SandboxCharge[]> {
  return sandbox('GET', payment ? `charges?payment=${payment}` : 'charges');
}

/** What the provider was asked to do about one payment, or about all. */
export function callsOf(
  payment?: string,
): Promise<{ operation: string; key: string | null; outcome: string; at: string }[]> {
  return sandbox('GET', payment ? `calls?payment=${payment}` : 'calls');
}

/**
 * Where the books and the provider's own record differ, what does not balance and what is still open, of all payments
 * since the fresh start: nothing, once everything has been recovered and delivered.
 */
export async function disagreements(): Promise<string[]> {
  const open = await query<{ id: string }>(
    'SELECT payment_id AS id FROM payments.pending_payments UNION ALL SELECT refund_id FROM payments.pending_refunds',
  );
  const unbalanced = await query<{ id: string }>(
    'SELECT transaction_id AS id FROM audit.ledger_entries GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0',
  );
  const cash = await query<{ payment: string; currency: string; sum: string }>(
    `SELECT posted.payment_id AS payment, entry.currency, sum(entry.amount_minor)::text AS sum FROM payments.ledger_transactions posted
     JOIN payments.ledger_entries entry ON entry.transaction_id = posted.id WHERE entry.account = 'cash' GROUP BY 1, 2`,
  );
  const [first] = await query<{ id: string }>('SELECT id FROM audit.payments ORDER BY id LIMIT 1');
  // The sandbox remembers earlier suites; ids are in the order of time.
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

export function setFault(fault: {
  operation: 'authorize' | 'capture' | 'refund' | 'any';
  mode: 'hold' | 'error' | 'error_after' | 'delay';
  delayMs?: number;
  count?: number;
}): Promise<unknown> {
  return sandbox('POST', 'faults', fault);
}

/** The faults that have calls left to hit. */
export function faultsLeft(): Promise<unknown[]> {
  return sandbox('GET', 'faults');
}

/** Removes every fault and lets go what is held. */
export function clearFaults(): Promise<unknown> {
  return sandbox('DELETE', 'faults');
}

async function sandbox<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${testServices().paymentProvider}/sandbox/${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
