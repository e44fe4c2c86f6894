import { v7 as uuidv7 } from 'uuid';
import { PAYMENT_CAPTURED, type PaymentCaptured } from '../../src/modules/payments/payments.events.js';
import { query } from './fresh-start.js';

/** Who follows a captured payment, in the product. */
export const CAPTURE_CONSUMERS = ['payments-ledger', 'payments-sales', 'webhooks', 'account-receipt-mail'] as const;

/** A captured payment as the outbox and the queues carry it. */
export interface CapturedEvent {
  id: string;
  type: string;
  aggregateType: string;
  aggregateId: string;
  occurredAt: string;
  payload: PaymentCaptured;
  headers: Record<string, never>;
}

const PRICES_MINOR = [199, 1_250, 3_999, 12_345];

/** Captures of one day for these accounts, with one to three pieces of one item each. */
export function captures(count: number, accountIds: readonly string[], day: string): CapturedEvent[] {
  return Array.from({ length: count }, (_, n) => {
    const paymentId = uuidv7();
    const occurredAt = new Date(Date.parse(day) + n * 1_000).toISOString();
    const quantity = (n % 3) + 1;
    const unitPriceMinor = PRICES_MINOR[n % PRICES_MINOR.length] as number;
    const payload: PaymentCaptured = {
      paymentId,
      accountId: accountIds[n % accountIds.length] as string,
      amountMinor: String(quantity * unitPriceMinor),
      currency: n % 5 === 0 ? 'USD' : 'EUR',
      lines: [{ sku: `SKU-${n % 40}`, title: 'Teapot', quantity, unitPriceMinor: String(unitPriceMinor) }],
      capturedAt: occurredAt,
    };
    return {
      id: uuidv7(),
      type: PAYMENT_CAPTURED,
      aggregateType: 'payment',
      aggregateId: paymentId,
      occurredAt,
      payload,
      headers: {},
    };
  });
}

/** Puts events into the outbox, all at once, as payments that were recorded would have. */
export async function appendEvents(events: readonly CapturedEvent[]): Promise<void> {
  const rows = events.map(({ aggregateType, aggregateId, occurredAt, ...rest }) => ({
    ...rest,
    aggregate_type: aggregateType,
    aggregate_id: aggregateId,
    occurred_at: occurredAt,
  }));
  await query('SELECT platform.append_events($1::jsonb)', [JSON.stringify(rows)]);
}

/** What follows from each of these events once: the rows of ledger and sales, the notes for partners, the mails. */
export function effectsOf(events: readonly CapturedEvent[]): Effects {
  const sales = new Map<string, { payments: number; capturedMinor: number }>();
  for (const { occurredAt, payload } of events) {
    const key = `${occurredAt.slice(0, 10)} ${payload.currency}`;
    const { payments, capturedMinor } = sales.get(key) ?? { payments: 0, capturedMinor: 0 };
    sales.set(key, { payments: payments + 1, capturedMinor: capturedMinor + Number(payload.amountMinor) });
  }
  return {
    ledger: events
      .flatMap(({ id, payload }) => [
        `${id} cash ${payload.amountMinor} ${payload.currency}`,
        `${id} revenue -${payload.amountMinor} ${payload.currency}`,
      ])
      .toSorted(),
    sales: [...sales].map(([key, { payments, capturedMinor }]) => `${key} ${payments} ${capturedMinor}`).toSorted(),
    partners: events.map(({ id }) => id).toSorted(),
    mails: events.map(({ id }) => `${id}.receipt@bulwark.eml`).toSorted(),
  };
}

export interface Effects {
  ledger: string[];
  sales: string[];
  partners: string[];
  mails: string[];
}
