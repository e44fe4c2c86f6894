/** Which paths a load asks for. */
export type Keys =
  | { readonly kind: 'one'; readonly path: string }
  /** Ids in a file, one a line, most popular first, drawn by {@link popularityOf}. */
  | { readonly kind: 'popular'; readonly prefix: string; readonly idsFile: string; readonly seed: number }
  /** Each id of the file once, from a line on. */
  | { readonly kind: 'walk'; readonly prefix: string; readonly idsFile: string; readonly fromLine: number };

/** Staff changes of stock, mixed into the reads. */
export interface Writes {
  /** Of all requests, 0 to 1. */
  readonly share: number;
  readonly accessToken: string;
}

/** Payments for one item each, instead of reads; the keys name the path. */
export interface PaymentLoad {
  /** Access tokens of customers, one a line, used in turn. */
  readonly tokensFile: string;
  readonly itemIdsFile: string;
}

/** What a generator process is started with. */
export interface LoadPlan {
  readonly url: string;
  readonly connections: number;
  readonly keys: Keys;
  readonly writes?: Writes;
  readonly payments?: PaymentLoad;
  /** An answer that takes longer counts as a timeout. */
  readonly requestTimeoutMs: number;
}

/** One stretch of load over the connections that are open. */
export interface Phase {
  readonly name: string;
  readonly pace:
    /** Every client waits this long between an answer and its next request. */
    | { readonly kind: 'closed'; readonly thinkMinMs: number; readonly thinkMaxMs: number }
    /** Every client sends one request at the same moment. */
    | { readonly kind: 'burst' }
    /** Requests begin at this rate whether or not answers come; latencies count from when they should have begun. */
    | { readonly kind: 'open'; readonly perSecond: number };
  readonly durationMs: number;
  readonly requestsMax: number;
}

/** A quarter of a second of a phase. */
export interface Slice {
  readonly atMs: number;
  readonly answers: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface PhaseResult {
  readonly name: string;
  /** Unix time; lets other samples be laid beside the slices. */
  readonly beganAt: number;
  readonly seconds: number;
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly timeouts: number;
  readonly brokenConnections: number;
  /** Answers later than {@link WAITED_MS}. */
  readonly waited: number;
  /** Answers whose Cache-Status says stale. */
  readonly stale: number;
  /** Cache-Status values with their numbers blanked, and how often each came; the first few forms only. */
  readonly byCacheStatus: Readonly<Record<string, number>>;
  /** Distinct validators seen on answers to reads: the generations of a single key. */
  readonly distinctTags: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly slices: readonly Slice[];
}

export const WAITED_MS = 100;
export const SLICE_MS = 250;

export type GeneratorCommand = { readonly type: 'phase'; readonly phase: Phase };
export type GeneratorReport =
  | { readonly type: 'connected'; readonly connections: number; readonly refused: number }
  | { readonly type: 'finished'; readonly result: PhaseResult }
  | { readonly type: 'failed'; readonly message: string };
