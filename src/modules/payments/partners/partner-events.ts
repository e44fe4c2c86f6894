import { toMoneyDto } from '../../../platform/http/index.js';
import type { DomainEvent } from '../../../platform/outbox/index.js';
import { PAYMENT_CAPTURED, PAYMENT_REFUNDED, type PaymentCaptured, type PaymentRefunded } from '../payments.events.js';

/** What partners may ask for, by its public name. */
export const PARTNER_EVENT_TYPES = ['payment.captured', 'payment.refunded'] as const;
export type PartnerEventType = (typeof PARTNER_EVENT_TYPES)[number];

/** The bytes that every partner gets for an event, and that each signature covers. */
export interface PartnerEvent {
  readonly type: PartnerEventType;
  readonly body: string;
}

/** Which partner has an order does not tell who placed it: accounts are left out, as ids too would link orders to a person. */
const DATA_OF: Record<string, { type: PartnerEventType; data: (payload: unknown) => object }> = {
  [PAYMENT_CAPTURED]: {
    type: 'payment.captured',
    data: (payload) => {
      const { paymentId, amountMinor, currency, lines, capturedAt } = payload as PaymentCaptured;
      return {
        paymentId,
        amount: toMoneyDto(BigInt(amountMinor), currency),
        lines: lines.map(({ sku, title, quantity, unitPriceMinor }) => ({
          sku,
          title,
          quantity,
          unitPrice: toMoneyDto(BigInt(unitPriceMinor), currency),
        })),
        capturedAt,
      };
    },
  },
  [PAYMENT_REFUNDED]: {
    type: 'payment.refunded',
    data: (payload) => {
      const { paymentId, refundId, amountMinor, currency, refundedAt } = payload as PaymentRefunded;
      return { paymentId, refundId, amount: toMoneyDto(BigInt(amountMinor), currency), refundedAt };
    },
  },
};

/**
 * Writes one of our facts as partners see it.
 * @throws Error for a type that partners do not get
 */
export function toPartnerEvent({ type, occurredAt, payload }: DomainEvent): PartnerEvent {
  const known = DATA_OF[type];
  if (!known) throw new Error(`Partners do not get events of type ${type}.`);
  return {
    type: known.type,
    body: JSON.stringify({ type: known.type, timestamp: occurredAt.toISOString(), data: known.data(payload) }),
  };
}
