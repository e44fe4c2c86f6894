/**
 * Idempotency: a state-changing request has its effect once, however often it is sent. The key is reserved by a
 * unique constraint before any work, and the answer commits together with the effect (ADR 027).
 *
 * More than a dozen files, and still one capability: all are steps in the life of one row (asked for, reserved,
 * answered, replayed, taken over, deleted), and each step is fenced by the token that the one before it wrote.
 */
export { IdempotencyModule } from './idempotency.module.js';
export { Idempotent, ExemptFromIdempotency } from './idempotent.decorator.js';
export { Idempotency, type PreparedAnswer } from './idempotency.js';
/** Runs each request once; exported for the drill that shows what happens without it. */
export { IdempotentRequests } from './idempotent-requests.js';
export { RecoverableOperations } from './recoverable-operations.js';
export { LeaseLostError } from './reservation.js';
export { IdempotencyScan, UnguardedRouteError, type StateChangingRoute } from './route-idempotency.js';
export { presentNoContent, type Answer, type Presenter } from './stored-answer.js';
