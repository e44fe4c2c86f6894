import type { AttemptBounds, AttemptKeys, AttemptDecision } from './attempts.js';

interface Counter {
  failures: number;
  blockedUntilMs: number;
  forgetAtMs: number;
}

/** The oldest are forgotten beyond this. */
const COUNTERS_MAX = 100_000;

/** The same law as in Redis, for one process: what stands in while Redis is away. */
export class LocalAttempts {
  private readonly subjects = new Map<string, Counter>();
  private readonly sources = new Map<string, Counter>();

  reserve({ subject, source }: AttemptKeys, bounds: AttemptBounds, nowMs: number): AttemptDecision {
    const from = current(this.sources, source, nowMs);
    if (from.failures >= bounds.sourceFailuresMax - 1)
      return { kind: 'source-refused', retryAfterMs: from.forgetAtMs - nowMs };
    const on = current(this.subjects, subject, nowMs);
    if (on.blockedUntilMs > nowMs) return { kind: 'blocked', retryAfterMs: on.blockedUntilMs - nowMs };
    from.failures++;
    on.failures++;
    const blockMs = bounds.blockMsAfter[Math.min(on.failures, bounds.blockMsAfter.length) - 1] ?? 0;
    on.blockedUntilMs = nowMs + blockMs;
    keep(this.sources, source, { ...from, forgetAtMs: from.forgetAtMs || nowMs + bounds.windowMs });
    keep(this.subjects, subject, { ...on, forgetAtMs: nowMs + bounds.windowMs + blockMs });
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
  const known = counters.get(key);
  return known && known.forgetAtMs > nowMs ? { ...known } : { failures: 0, blockedUntilMs: 0, forgetAtMs: 0 };
}

function keep(counters: Map<string, Counter>, key: string, counter: Counter): void {
  counters.delete(key);
  counters.set(key, counter);
  if (counters.size > COUNTERS_MAX) counters.delete(counters.keys().next().value as string);
}
