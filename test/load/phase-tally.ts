import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Answer } from './http-connection.js';
import { SLICE_MS, WAITED_MS, type PhaseResult, type Slice } from './load-plan.js';

const CACHE_STATUS_FORMS_MAX = 24;
const TAGS_MAX = 1_000;
/** RFC 9211: what is past its time has a negative ttl, or was forwarded for being stale. */
const TELLS_OF_STALE = /ttl=-\d|fwd=stale|stale/;

const MICROS_PER_MS = 1_000;
/** Two digits: a percentile is at most 1 % off. Nothing is waited for as long as the highest. */
const MICROS = { lowest: 1, highest: 120_000_000, figures: 2 };

interface OpenSlice {
  failures: number;
  readonly micros: RecordableHistogram;
}

/** Counts what came back during one phase. */
export class PhaseTally {
  private readonly beganAt = Date.now();
  private readonly began = performance.now();
  private readonly micros = createHistogram(MICROS);
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
    if (latencyMs > WAITED_MS) this.waited += 1;
    increase(this.byStatus, String(status));
    const slice = this.record(latencyMs);
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
    const { name, beganAt, reads, writes, timeouts, brokenConnections, waited, stale } = this;
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
      ...latenciesOf(this.micros),
      slices: this.slices.map(closeSlice),
    };
  }

  /** What never came is as slow as we waited for it. */
  private fail(latencyMs: number): void {
    this.waited += 1;
    this.record(latencyMs).failures += 1;
  }

  /** @returns the slice that it came in */
  private record(latencyMs: number): OpenSlice {
    const micros = Math.min(MICROS.highest, Math.max(MICROS.lowest, Math.round(latencyMs * MICROS_PER_MS)));
    const index = Math.floor((performance.now() - this.began) / SLICE_MS);
    while (this.slices.length <= index) this.slices.push({ failures: 0, micros: createHistogram(MICROS) });
    const slice = this.slices[index] as OpenSlice;
    this.micros.record(micros);
    slice.micros.record(micros);
    return slice;
  }
}

function closeSlice({ failures, micros }: OpenSlice, index: number): Slice {
  return { atMs: index * SLICE_MS, answers: micros.count, failures, ...latenciesOf(micros) };
}

function latenciesOf(micros: RecordableHistogram): Pick<Slice, 'p50Ms' | 'p99Ms' | 'maxMs'> {
  if (micros.count === 0) return { p50Ms: 0, p99Ms: 0, maxMs: 0 };
  const [p50Ms, p99Ms] = [50, 99].map((percent) => micros.percentile(percent) / MICROS_PER_MS) as [number, number];
  return { p50Ms, p99Ms, maxMs: micros.max / MICROS_PER_MS };
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
