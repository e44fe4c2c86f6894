import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadPlan, Phase, PhaseResult } from '../load/load-plan.js';
import { popularityOf } from '../load/popularity.js';
import { readMetrics, type MetricsReading } from '../../src/cli/doctor/product-metrics.js';
import { keysIn, redisFigure } from '../load/redis-server.js';
import { Generator } from '../load/run-generator.js';
import type { Instance } from '../load/spawn-instance.js';
import { StaffClient } from '../load/staff-client.js';
import type { BenchSystem } from './bench-system.js';
import { idleStatements } from './idle-statements.js';
import type { BenchRow } from './targets.js';

/** 95 of 100 requests read. */
const WRITE_SHARE = 0.05;
const CONNECTIONS = 32;
const WARM_SECONDS = 10;
const CALIBRATION_WRITES = 40;
const SEED = 20_260_101;
const REQUESTS_MAX = 10_000_000;
const REQUEST_TIMEOUT_MS = 10_000;
const QUIET_MS = 500;
const MEMORY_EVERY_MS = 2_000;
const BYTES_PER_MIB = 1_048_576;

/**
 * P7 and P17: items read by real popularity at full speed, 5 of 100 requests changing one; which reads reach the
 * database?
 */
export async function benchSteadyState(system: BenchSystem): Promise<BenchRow[]> {
  const { cleanUp, say, steadySeconds, items } = system.options;
  const instance = await system.with();
  const { redisCache } = instance.run;
  const warmKeys = await keysIn(redisCache);
  const popularity = popularityOf(items).source;
  say(`P7: ${items} items, ${popularity}, ${warmKeys} keys in Redis, ${steadySeconds} s`);
  const staff = await StaffClient.signIn(instance.run);
  const background = await measureBackground(
    instance,
    staff,
    readFileSync(system.idsFile, 'utf8').split('\n', CALIBRATION_WRITES),
  );
  const plan: LoadPlan = {
    url: instance.run.app,
    connections: CONNECTIONS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    keys: { kind: 'popular', prefix: '/v1/items/', idsFile: system.popularIdsFile, seed: SEED },
    writes: { share: WRITE_SHARE, accessToken: staff.accessToken },
  };
  const generator = await Generator.start(plan, cleanUp);
  await generator.run(atFullSpeed('warm-up', WARM_SECONDS));
  const [before, memory] = [await readMetrics(instance.run.ops), new MemoryWatch(instance)];
  const load = await generator.run(atFullSpeed('steady state', steadySeconds));
  const [after, residentMiB] = [await readMetrics(instance.run.ops), await memory.finish()];
  await generator.stop();
  // A cache server that is too small for the catalog throws away what was warmed.
  const redis = {
    usedMiB: Math.round((await redisFigure(redisCache, 'used_memory')) / BYTES_PER_MIB),
    maxMiB: (await redisFigure(redisCache, 'maxmemory')) / BYTES_PER_MIB,
    evictedKeys: await redisFigure(redisCache, 'evicted_keys'),
  };
  return rows({ load, before, after, background, residentMiB, facts: { popularity, warmKeys, items, redis } });
}

function atFullSpeed(name: string, seconds: number): Phase {
  return {
    name,
    pace: { kind: 'closed', thinkMinMs: 0, thinkMaxMs: 0 },
    durationMs: seconds * 1_000,
    requestsMax: REQUESTS_MAX,
  };
}

interface SteadyState {
  readonly load: PhaseResult;
  readonly before: MetricsReading;
  readonly after: MetricsReading;
  readonly background: Background;
  readonly residentMiB: readonly number[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * A read that reached the database is a statement that neither writes nor the worker explain, or a load that was
 * counted: the larger of the two.
 */
function rows({ load, before, after, background, residentMiB, facts }: SteadyState): BenchRow[] {
  const delta = (metric: string, labels: Record<string, string> = {}): number =>
    after.sum(metric, labels) - before.sum(metric, labels);
  const [replica, primary] = [
    delta('bulwark_db_queries_total', { module: 'catalog', target: 'replica' }),
    delta('bulwark_db_queries_total', { module: 'catalog', target: 'primary' }),
  ];
  const elapsedMs = after.at - before.at;
  // What changes and the worker's looking for them cost was measured before, with nothing else going on.
  const ofReads =
    Math.max(0, replica - background.replicaPerMs * elapsedMs) +
    Math.max(0, primary - background.primaryPerMs * elapsedMs - background.perWrite * load.writes);
  const loads = delta('bulwark_cache_loads_total', { cache: 'item' });
  const halves = [
    residentMiB.slice(0, Math.ceil(residentMiB.length / 2)),
    residentMiB.slice(Math.floor(residentMiB.length / 2)),
  ].map((half) => Math.max(0, ...half));
  const evidence = {
    ...facts,
    reads: load.reads,
    writes: load.writes,
    perSecond: Math.round(load.requests / load.seconds),
    statementsOnReplica: replica,
    statementsOnPrimary: primary,
    background,
    statementsOfReads: ofReads,
    itemLoads: loads,
    shareOfItemLoads: loads / load.reads,
    byStatus: load.byStatus,
    byCacheStatus: load.byCacheStatus,
    p99Ms: load.p99Ms,
  };
  return [
    { name: 'P7', value: Math.max(ofReads, loads) / load.reads, evidence },
    {
      name: 'P17',
      value: residentMiB.at(-1) ?? 0,
      evidence: { residentMiB, largestInFirstHalf: halves[0], largestInSecondHalf: halves[1], seconds: load.seconds },
    },
  ];
}

/** What the catalog sends besides reads. */
interface Background {
  /** Without any request. */
  readonly replicaPerMs: number;
  readonly primaryPerMs: number;
  /** On the primary, for one change of stock. */
  readonly perWrite: number;
}

async function measureBackground(instance: Instance, staff: StaffClient, ids: readonly string[]): Promise<Background> {
  const [replicaPerMs, primaryPerMs] = await Promise.all([
    idleStatements(instance, { target: 'replica' }),
    idleStatements(instance, { target: 'primary' }),
  ]);
  const before = await readMetrics(instance.run.ops);
  for (const [index, id] of ids.entries()) await staff.setStock(id, 2 + index);
  await delay(QUIET_MS);
  const after = await readMetrics(instance.run.ops);
  const labels = { module: 'catalog', target: 'primary' };
  const statements =
    after.sum('bulwark_db_queries_total', labels) -
    before.sum('bulwark_db_queries_total', labels) -
    primaryPerMs * (after.at - before.at);
  return { replicaPerMs, primaryPerMs, perWrite: statements / ids.length };
}

/** Follows the resident memory of the web process. */
class MemoryWatch {
  private readonly taken: number[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly instance: Instance) {
    this.timer = setInterval(() => this.take(), MEMORY_EVERY_MS);
  }

  async finish(): Promise<readonly number[]> {
    clearInterval(this.timer);
    this.take();
    // Where the system does not report it, the process does; the sum over a web process and the worker is then too
    // much.
    if (this.taken.length === 0)
      this.taken.push((await readMetrics(this.instance.run.ops)).sum('process_resident_memory_bytes') / BYTES_PER_MIB);
    return this.taken;
  }

  private take(): void {
    const resident = residentMiB(this.instance.run.pids.web[0]);
    if (resident !== null) this.taken.push(resident);
  }
}

function residentMiB(pid: number | undefined): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Math.round(Number(kib) / 1_024);
  } catch {
    return null;
  }
}
