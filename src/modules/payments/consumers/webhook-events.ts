import { toMoneyDto } from '../../../platform/http/index.js';
import type { WebhookEventType } from '../../../platform/webhooks/index.js';
import { PAYMENT_CAPTURED, PAYMENT_REFUNDED, type PaymentCaptured, type PaymentRefunded } from '../payments.events.js';
import { PaymentCapturedDataDto, PaymentRefundedDataDto } from './webhook-events.dto.js';

/** Partners that receive orders must not learn who placed them: no account id, which would link orders to a person. */
export const PAYMENT_WEBHOOKS: readonly WebhookEventType[] = [
  {
    name: 'payment.captured',
    summary: 'A payment was captured: the order can be delivered.',
    dataType: PaymentCapturedDataDto,
    domainEventType: PAYMENT_CAPTURED,
    present: capturedForPartners,
  },
  {
    name: 'payment.refunded',
    summary: 'A payment was refunded, in part or whole.',
    dataType: PaymentRefundedDataDto,
    domainEventType: PAYMENT_REFUNDED,
    present: refundedForPartners,
  },
];

function capturedForPartners({
  paymentId,
  amountMinor,
  currency,
  lines,
  capturedAt,
}: PaymentCaptured): PaymentCapturedDataDto {
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
}

function refundedForPartners({
  paymentId,
  refundId,
  amountMinor,
  currency,
  refundedAt,
}: PaymentRefunded): PaymentRefundedDataDto {
  return { paymentId, refundId, amount: toMoneyDto(BigInt(amountMinor), currency), refundedAt };
}
