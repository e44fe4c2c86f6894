/** Buckets grow by 5 %: a percentile is at most that much too high, over 1 us to 100 s. */
const GROWTH = Math.log(1.05);
const BUCKETS = 380;
const MICROS_PER_MS = 1_000;

/** Latencies in logarithmic buckets: constant memory, however many there are. */
export class LatencyHistogram {
  private readonly counts = new Uint32Array(BUCKETS);
  count = 0;
  maxMs = 0;

  add(latencyMs: number): void {
    const micros = Math.max(1, latencyMs * MICROS_PER_MS);
    const bucket = Math.min(BUCKETS - 1, Math.ceil(Math.log(micros) / GROWTH));
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.count += 1;
    this.maxMs = Math.max(this.maxMs, latencyMs);
  }

  /** The latency that this share of requests did not pass, in ms; 0 without requests. */
  percentileMs(share: number): number {
    const wanted = Math.max(1, Math.ceil(this.count * share));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.counts[bucket] ?? 0;
      if (seen >= wanted) return Math.min(this.maxMs, Math.exp(bucket * GROWTH) / MICROS_PER_MS);
    }
    return this.maxMs;
  }
}
