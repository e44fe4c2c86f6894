import type { Answer } from '../../platform/idempotency/index.js';
import type { Problem } from '../../platform/problems/index.js';
import type { Payment } from './domain/payment.js';
import { toPaymentDto } from './http/payment.dto.js';
import { PaymentProblems } from './payments.problems.js';

/** How long a client waits before it tries a provider again that could not be reached: the breaker's pause. */
const RETRY_AFTER_SECONDS = 5;

/** The path of making payments: what a stored problem names as its instance. */
export const PAYMENTS_PATH = '/v1/payments';

/** The answer for a payment as it stands: 201, or 202 while it is processing. */
export function answerOf(payment: Payment): Answer {
  return {
    status: payment.status === 'processing' ? 202 : 201,
    body: toPaymentDto(payment),
    headers: { location: `${PAYMENTS_PATH}/${payment.id}` },
  };
}

/** The provider, or the bank behind it, said no. */
export function declined(reason: string): Problem {
  return PaymentProblems.card_declined(`The provider declined the card: ${reason.replaceAll('_', ' ')}.`, {
    extensions: { reason },
  });
}

/** Nothing was charged, and the same key may be used again. */
export function providerUnavailable(): Problem {
  return PaymentProblems.payment_provider_unavailable('The payment provider does not answer; nothing was charged.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
