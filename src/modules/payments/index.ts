/** Payments: taking money once and giving it back, and the books about it. */

/** Wires the context; the table of contents imports it. */
export { PaymentsModule } from './payments.module.js';
/** `payments.payment-captured.v1` and `payments.payment-refunded.v1`, with their payloads. */
export { PAYMENT_CAPTURED, PAYMENT_REFUNDED, type PaymentCaptured, type PaymentRefunded } from './payments.events.js';
/** Where a process may die on the money path: the drill kills one at each. */
export { RECOVERY_POINTS, type RecoveryPoint } from './domain/recovery-points.js';
/** The port to the provider: the bench plugs in one that takes no time. */
export { PAYMENT_GATEWAY, type PaymentGateway } from './gateway/payment-gateway.js';
