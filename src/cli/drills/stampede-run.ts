import { setTimeout as delay } from 'node:timers/promises';
import type { CleanUp } from '../load/clean-up.js';
import type { PhaseResult } from '../load/load-plan.js';
import { flushRedis } from '../load/flush-redis.js';
import { Generator } from '../load/run-generator.js';
import { runCommand, startInstance } from '../load/spawn-instance.js';
import { loadsPerExpiry, OriginWatch, type OriginSample } from './origin-watch.js';
import { COLD_PHASE, warmPhase, type StampedePlan } from './stampede-plan.js';

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
/** Answers that nobody waits for any more are still on their way when a phase ends. */
const SETTLE_MS = 1_000;
const IDLE_MAX_MS = 30_000;
const NO_LIMIT = '1000000000';

/** Starts a fleet, lets every client loose on its hottest key, and counts what reached the origin. */
export async function runStampede({ plan, defended, dataDir, fill, cleanUp, say }: StampedeOptions): Promise<StampedeRun> {
  say(`Starting ${plan.webProcesses} web processes ${defended ? 'with' : 'without'} the defence`);
  const instance = await startInstance({
    dataDir,
    settings: { WEB_WORKERS: String(plan.webProcesses), RATE_LIMIT_PER_ADDRESS: NO_LIMIT, CACHE_DEFENCE: defended ? 'on' : 'off' },
  });
  cleanUp.add(() => instance.stop());
  const { app } = instance.run;
  if (fill) say(await runCommand(instance, 'catalog-generate', [String(plan.items)]));
  const { freshMs, boundMs } = await warmUp(app);
  say(`Connecting ${plan.clients} clients`);
  const generator = await Generator.start({ url: app, connections: plan.clients, keys: { kind: 'one', path: HOT_PATH }, requestTimeoutMs: REQUEST_TIMEOUT_MS }, cleanUp);
  await warmUp(app);

  const phase = async (name: string, work: () => Promise<PhaseResult>): Promise<StampedePhase> => {
    say(name);
    const watch = new OriginWatch(instance.run.ops, HOT_CACHE);
    const load = await work();
    await delay(SETTLE_MS);
    return withOrigin(load, await watch.finish(), freshMs);
  };
  const warm = await phase(`The key expires under ${plan.clients} clients, ${plan.warmSeconds} s`, () => generator.run(warmPhase(plan)));
  say('Waiting until no process has it any more, then emptying the cache server');
  await delay(Math.min(boundMs + SETTLE_MS, IDLE_MAX_MS));
  await flushRedis(instance.run.redisCache);
  const cold = await phase(`All ${plan.clients} at once on the expired key`, () => generator.run(COLD_PHASE));
  await generator.stop();
  await instance.stop();
  return { defended, plan, freshMs, warm, cold };
}

/** Reads the key once; answers how long it is fresh and how long it may be shown at all. */
async function warmUp(app: string): Promise<{ freshMs: number; boundMs: number }> {
  const answer = await fetch(`${app}${HOT_PATH}`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${HOT_PATH} answered ${answer.status} before the drill began.`);
  const policy = answer.headers.get('cache-control') ?? '';
  const seconds = (directive: string): number => Number(new RegExp(`(?:^|[ ,])${directive}=(\\d+)`).exec(policy)?.[1] ?? 0);
  const freshMs = Math.max(1, seconds('max-age')) * 1_000;
  return { freshMs, boundMs: freshMs + seconds('stale-while-revalidate') * 1_000 };
}

function withOrigin(load: PhaseResult, origin: readonly OriginSample[], freshMs: number): StampedePhase {
  const [first, last] = [origin[0], origin.at(-1)];
  return { load, origin, loads: (last?.loads ?? 0) - (first?.loads ?? 0), statements: (last?.statements ?? 0) - (first?.statements ?? 0), loadsPerExpiry: loadsPerExpiry(origin, freshMs) };
}
