/**
 * Payments: takes money once, refunds it, and keeps the ledger. `make-payment.ts` decides. What happens when the
 * provider's answer is lost begins in `gateway/provider-outcomes.ts` and ends in `recover-payments.ts`.
 */

/** Wires the context; the table of contents imports it. */
export { PaymentsModule } from './payments.module.js';
/** `payments.payment-captured.v1` and `payments.payment-refunded.v1`, with their payloads. */
export { PAYMENT_CAPTURED, PAYMENT_REFUNDED, type PaymentCaptured, type PaymentRefunded } from './payments.events.js';
/** The points at which recovery takes a payment up: the drill kills a process at each. */
export { RECOVERY_POINTS, type RecoveryPoint } from './domain/recovery-points.js';
/** The port to the provider: the bench replaces it by one that answers at once. */
export { PAYMENT_GATEWAY, type PaymentGateway } from './gateway/payment-gateway.js';
