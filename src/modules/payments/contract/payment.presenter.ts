import { toMoneyDto, type Page } from '../../../platform/http/index.js';
import type { Answer } from '../../../platform/idempotency/index.js';
import type { Payment } from '../domain/payment.js';
import type { PaymentDto, PaymentPageDto } from './payment.dto.js';

/** The answer to a request that pays: 201, or a provisional 202 while the outcome is unknown. */
export function presentPayment(payment: Payment): Answer {
  const isProcessing = payment.status === 'processing';
  return {
    status: isProcessing ? 202 : 201,
    body: toPaymentDto(payment),
    headers: { location: `/v1/payments/${payment.id}` },
    ...(isProcessing ? { provisional: true } : {}),
  };
}

/** A payment as its customer reads it. */
export function toPaymentDto(payment: Payment): PaymentDto {
  const { currency } = payment;
  return {
    id: payment.id,
    status: payment.status,
    amount: toMoneyDto(payment.amountMinor, currency),
    lines: payment.lines.map(({ itemId, sku, title, quantity, unitPriceMinor }) => ({
      itemId,
      sku,
      title,
      quantity,
      unitPrice: toMoneyDto(unitPriceMinor, currency),
    })),
    refunded: toMoneyDto(payment.refundedMinor, currency),
    reference: payment.reference,
    createdAt: payment.createdAt.toISOString(),
    capturedAt: payment.capturedAt?.toISOString() ?? null,
  };
}

/** A page of payments, with the cursor of the next one. */
export function presentPaymentPage({ rows, nextCursor }: Page<Payment>): PaymentPageDto {
  return { data: rows.map(toPaymentDto), nextCursor };
}
