import type { Answer } from './http-connection.js';
import { LatencyHistogram } from './latency-histogram.js';
import { SLICE_MS, WAITED_MS, type PhaseResult, type Slice } from './load-plan.js';

const CACHE_STATUS_FORMS_MAX = 24;
const TAGS_MAX = 1_000;
/** RFC 9211: what is past its time has a negative ttl, or was forwarded for being stale. */
const TELLS_OF_STALE = /ttl=-\d|fwd=stale|stale/;

interface OpenSlice {
  failures: number;
  readonly latencies: LatencyHistogram;
}

/** Counts what came back during one phase. */
export class PhaseTally {
  private readonly beganAt = Date.now();
  private readonly began = performance.now();
  private readonly latencies = new LatencyHistogram();
  private readonly slices: OpenSlice[] = [];
  private readonly byStatus = new Map<string, number>();
  private readonly byCacheStatus = new Map<string, number>();
  private readonly tags = new Set<string>();
  private reads = 0;
  private writes = 0;
  private waited = 0;
  private stale = 0;
  private timeouts = 0;
  private brokenConnections = 0;

  constructor(private readonly name: string) {}

  answer({ status, cacheStatus, tag }: Answer, latencyMs: number, isWrite: boolean): void {
    if (isWrite) this.writes += 1;
    else this.reads += 1;
    this.latencies.add(latencyMs);
    if (latencyMs > WAITED_MS) this.waited += 1;
    increase(this.byStatus, String(status));
    const slice = this.slice();
    slice.latencies.add(latencyMs);
    if (status >= 400) slice.failures += 1;
    if (isWrite) return;
    if (tag !== null && this.tags.size < TAGS_MAX) this.tags.add(tag);
    if (cacheStatus === null) return;
    if (TELLS_OF_STALE.test(cacheStatus)) this.stale += 1;
    const form = cacheStatus.replaceAll(/-?\d+/g, 'N');
    increase(
      this.byCacheStatus,
      this.byCacheStatus.has(form) || this.byCacheStatus.size < CACHE_STATUS_FORMS_MAX ? form : 'other',
    );
  }

  timeout(latencyMs: number): void {
    this.timeouts += 1;
    this.fail(latencyMs);
  }

  broken(latencyMs: number): void {
    this.brokenConnections += 1;
    this.fail(latencyMs);
  }

  result(): PhaseResult {
    const { name, beganAt, reads, writes, timeouts, brokenConnections, waited, stale, latencies } = this;
    return {
      name,
      beganAt,
      seconds: (performance.now() - this.began) / 1_000,
      requests: reads + writes + timeouts + brokenConnections,
      reads,
      writes,
      byStatus: Object.fromEntries(this.byStatus),
      timeouts,
      brokenConnections,
      waited,
      stale,
      byCacheStatus: Object.fromEntries(this.byCacheStatus),
      distinctTags: this.tags.size,
      p50Ms: latencies.percentileMs(0.5),
      p99Ms: latencies.percentileMs(0.99),
      maxMs: latencies.maxMs,
      slices: this.slices.map(closeSlice),
    };
  }

  /** What never came is as slow as we waited for it. */
  private fail(latencyMs: number): void {
    this.latencies.add(latencyMs);
    this.waited += 1;
    const slice = this.slice();
    slice.latencies.add(latencyMs);
    slice.failures += 1;
  }

  private slice(): OpenSlice {
    const index = Math.floor((performance.now() - this.began) / SLICE_MS);
    while (this.slices.length <= index) this.slices.push({ failures: 0, latencies: new LatencyHistogram() });
    return this.slices[index] as OpenSlice;
  }
}

function closeSlice({ failures, latencies }: OpenSlice, index: number): Slice {
  return {
    atMs: index * SLICE_MS,
    answers: latencies.count,
    failures,
    p50Ms: latencies.percentileMs(0.5),
    p99Ms: latencies.percentileMs(0.99),
    maxMs: latencies.maxMs,
  };
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
