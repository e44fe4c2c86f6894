import type { AttemptBounds, AttemptKeys, AttemptDecision } from './attempts.js';

interface Counter {
  failures: number;
  blockedUntilMs: number;
  expiresAtMs: number;
}

/** Beyond this the oldest are removed. */
const COUNTERS_MAX = 100_000;

/** The limits of {@link AttemptLimiter} in one process: the fallback without Redis. */
export class LocalAttempts {
  private readonly subjects = new Map<string, Counter>();
  private readonly sources = new Map<string, Counter>();

  reserve({ subject, source }: AttemptKeys, bounds: AttemptBounds, nowMs: number): AttemptDecision {
    const from = current(this.sources, source, nowMs);
    if (from.failures >= bounds.sourceFailuresMax - 1)
      return { kind: 'source-refused', retryAfterMs: from.expiresAtMs - nowMs };
    const on = current(this.subjects, subject, nowMs);
    if (on.blockedUntilMs > nowMs) return { kind: 'blocked', retryAfterMs: on.blockedUntilMs - nowMs };
    from.failures++;
    on.failures++;
    const blockMs = bounds.blockMsAfter[Math.min(on.failures, bounds.blockMsAfter.length) - 1] ?? 0;
    on.blockedUntilMs = nowMs + blockMs;
    store(this.sources, source, { ...from, expiresAtMs: from.expiresAtMs || nowMs + bounds.windowMs });
    store(this.subjects, subject, { ...on, expiresAtMs: nowMs + bounds.windowMs + blockMs });
    return { kind: 'allowed', failures: on.failures };
  }

  release({ subject, source }: AttemptKeys): void {
    const on = this.subjects.get(subject);
    if (on && on.failures > 0) Object.assign(on, { failures: on.failures - 1, blockedUntilMs: 0 });
    const from = this.sources.get(source);
    if (from && from.failures > 0) from.failures--;
  }

  succeed({ subject, source }: AttemptKeys): void {
    this.subjects.delete(subject);
    const from = this.sources.get(source);
    if (from && from.failures > 0) from.failures--;
  }
}

function current(counters: Map<string, Counter>, key: string, nowMs: number): Counter {
  const counter = counters.get(key);
  return counter && counter.expiresAtMs > nowMs ? { ...counter } : { failures: 0, blockedUntilMs: 0, expiresAtMs: 0 };
}

function store(counters: Map<string, Counter>, key: string, counter: Counter): void {
  counters.delete(key);
  counters.set(key, counter);
  if (counters.size > COUNTERS_MAX) counters.delete(counters.keys().next().value as string);
}
