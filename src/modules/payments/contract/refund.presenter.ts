import { toMoneyDto } from '../../../platform/http/index.js';
import type { Answer } from '../../../platform/idempotency/index.js';
import type { Refund } from '../domain/refund.js';
import type { RefundDto } from './refund.dto.js';

/** The answer to a request that refunds: 201, or a provisional 202 while the outcome is unknown. */
export function presentRefund(refund: Refund): Answer {
  const isProcessing = refund.status === 'processing';
  return {
    status: isProcessing ? 202 : 201,
    body: toRefundDto(refund),
    ...(isProcessing ? { provisional: true } : {}),
  };
}

function toRefundDto({ id, paymentId, amountMinor, currency, status, createdAt }: Refund): RefundDto {
  return { id, paymentId, amount: toMoneyDto(amountMinor, currency), status, createdAt: createdAt.toISOString() };
}
