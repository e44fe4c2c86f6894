import { setTimeout as delay } from 'node:timers/promises';
import type { CleanUp } from '../load/clean-up.js';
import type { PhaseResult } from '../load/load-plan.js';
import { flushRedis } from '../load/redis-server.js';
import { Generator } from '../load/run-generator.js';
import { readMetrics } from '../../src/cli/doctor/product-metrics.js';
import { RecurringChange } from '../load/recurring-change.js';
import {
  runCommand,
  startExtraInstance,
  startInstance,
  type ExtraInstance,
  type Instance,
} from '../load/spawn-instance.js';
import { StaffClient } from '../load/staff-client.js';
import { loadsPerExpiry, OriginWatch, type OriginSample } from './origin-watch.js';
import { CHANGE_EVERY_MS, COLD_PHASE, runInPhase, warmPhase, type StampedePlan } from './stampede-plan.js';

/** One phase with what the origin had to do for it. */
export interface StampedePhase {
  readonly load: PhaseResult;
  readonly origin: readonly OriginSample[];
  readonly loads: number;
  readonly statements: number;
  readonly loadsPerExpiry: readonly number[];
}

export interface StampedeRun {
  readonly defended: boolean;
  readonly plan: StampedePlan;
  /** How long an answer was fresh, by its own Cache-Control. */
  readonly freshMs: number;
  readonly warm: StampedePhase;
  readonly cold: StampedePhase;
}

export interface StampedeOptions {
  readonly plan: StampedePlan;
  readonly defended: boolean;
  readonly dataDir: string;
  /** Whether the data folder is new: then the catalog is filled first. */
  readonly fill: boolean;
  readonly cleanUp: CleanUp;
  readonly say: (text: string) => void;
}

const HOT_PATH = '/v1/home';
const HOT_CACHE = 'home';
const REQUEST_TIMEOUT_MS = 10_000;
/** Answers that no client waits for any more are still on their way when a phase ends. */
const QUIET_MS = 1_000;
const NO_LIMIT = '1000000000';
const WITHOUT_PROTECTION = 'test/drills/unprotected/without-cache-protection.js';

/** Starts a fleet, lets every client loose on its hottest key, and counts what reached the origin. */
export async function runStampede({
  plan,
  defended,
  dataDir,
  fill,
  cleanUp,
  say,
}: StampedeOptions): Promise<StampedeRun> {
  say(`Starting ${plan.webProcesses} web processes ${defended ? 'with' : 'without'} the defence`);
  const services = await startInstance({ dataDir, settings: { WEB_WORKERS: '1', BULWARK_ROLE: 'web' } });
  cleanUp.add(() => services.stop());
  if (fill) say(await runCommand(services, 'catalog-generate', [String(plan.items)]));
  const fleet = await startExtraInstance(
    services,
    { WEB_WORKERS: String(plan.webProcesses), RATE_LIMIT_PER_ADDRESS: NO_LIMIT },
    defended ? undefined : WITHOUT_PROTECTION,
  );
  cleanUp.add(() => fleet.stop());
  const { app } = fleet;
  const page = await readPage(app);
  say(`Connecting ${plan.clients} clients`);
  const generator = await Generator.start(
    {
      url: app,
      connections: plan.clients,
      keys: { kind: 'one', path: HOT_PATH },
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    },
    cleanUp,
  );
  const changes = new RecurringChange(
    await StaffClient.signIn({ app, staff: services.run.staff }),
    page.itemId,
    CHANGE_EVERY_MS,
  );
  await generator.run(runInPhase(plan));
  say(`The key expires under ${plan.clients} clients, ${plan.warmSeconds} s`);
  const warm = await watched(fleet, page.freshMs, () => generator.run(warmPhase(plan)));
  await changes.stop();
  const cold = await expireFully(fleet, services, page, async () => {
    say(`All ${plan.clients} at once on the expired key`);
    return generator.run(COLD_PHASE);
  });
  await generator.stop();
  await fleet.stop();
  await services.stop();
  return { defended, plan, freshMs: page.freshMs, warm, cold };
}

/**
 * Stops the worker, which confirms to the fleet that its entries are still true, and waits until every entry is past
 * its bound; then empties the cache server. What comes now finds nothing that may be served as it is.
 */
async function expireFully(
  fleet: ExtraInstance,
  services: Instance,
  { freshMs, boundMs }: Page,
  burst: () => Promise<PhaseResult>,
): Promise<StampedePhase> {
  const { worker } = fleet;
  // Read before the stop: afterwards the ops port waits for the worker's part.
  const before = await readOrigin(fleet.ops);
  if (worker !== null) process.kill(worker, 'SIGSTOP');
  try {
    await delay(boundMs + QUIET_MS);
    await flushRedis(services.run.redisCache);
    const load = await burst();
    if (worker !== null) process.kill(worker, 'SIGCONT');
    await delay(QUIET_MS);
    return withOrigin(load, [before, await readOrigin(fleet.ops)], freshMs);
  } finally {
    if (worker !== null) process.kill(worker, 'SIGCONT');
  }
}

async function watched(
  fleet: ExtraInstance,
  freshMs: number,
  work: () => Promise<PhaseResult>,
): Promise<StampedePhase> {
  const watch = new OriginWatch(() => readOrigin(fleet.ops));
  const load = await work();
  await delay(QUIET_MS);
  return withOrigin(load, await watch.finish(), freshMs);
}

async function readOrigin(opsUrl: string): Promise<OriginSample> {
  const reading = await readMetrics(opsUrl);
  return {
    at: reading.at,
    loads: reading.sum('bulwark_cache_loads_total', { cache: HOT_CACHE }),
    statements: reading.sum('bulwark_db_queries_total', { module: 'catalog' }),
  };
}

interface Page {
  /** Something on it. */
  readonly itemId: string;
  /** How long the page is fresh. */
  readonly freshMs: number;
  /** How long it may be shown at all while the origin is well. */
  readonly boundMs: number;
}

async function readPage(app: string): Promise<Page> {
  const answer = await fetch(`${app}${HOT_PATH}`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${HOT_PATH} answered ${answer.status} before the drill began.`);
  const { sections } = (await answer.json()) as { sections: { items: { id: string }[] }[] };
  const itemId = sections[0]?.items[0]?.id;
  if (itemId === undefined) throw new Error('The home page shows no item.');
  const policy = answer.headers.get('cache-control') ?? '';
  const seconds = (directive: string): number =>
    Number(new RegExp(`(?:^|[ ,])${directive}=(\\d+)`).exec(policy)?.[1] ?? 0);
  const freshMs = Math.max(1, seconds('max-age')) * 1_000;
  return { itemId, freshMs, boundMs: freshMs + Math.max(1, seconds('stale-while-revalidate')) * 1_000 };
}

function withOrigin(load: PhaseResult, origin: readonly OriginSample[], freshMs: number): StampedePhase {
  const [first, last] = [origin[0], origin.at(-1)];
  return {
    load,
    origin,
    loads: (last?.loads ?? 0) - (first?.loads ?? 0),
    statements: (last?.statements ?? 0) - (first?.statements ?? 0),
    loadsPerExpiry: loadsPerExpiry(origin, freshMs),
  };
}
