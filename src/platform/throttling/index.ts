/**
 * Throttling: a coarse limit per address without a round trip, a limit per route and address shared by the fleet,
 * and a limit on failed attempts per subject and source (ADR 033).
 */
export { ThrottlingModule } from './throttling.module.js';
export { CoarseLimit } from './coarse-limit.js';
export { LimitPerAddress } from './limit-per-address.decorator.js';
export { AttemptLimiter } from './attempt-limiter.js';
export type { AttemptBounds, AttemptKeys, AttemptDecision } from './attempts.js';
export { ThrottlingProblems } from './throttling.problems.js';
export { sourceOf } from './source-of.js';
export { throttlingMetrics } from './throttling.metrics.js';
