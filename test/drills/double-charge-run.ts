import type { CleanUp } from '../load/clean-up.js';
import { queryPrimary } from '../load/query-database.js';
import { startExtraInstance, startInstance } from '../load/spawn-instance.js';
import { temporaryFolder } from '../load/temporary-folder.js';
import { countScenario, readFinalOutcome, type Count } from './double-charge-outcome.js';
import { SCENARIOS, type Intent } from './double-charge-scenarios.js';

export interface DoubleChargeRun {
  readonly defended: boolean;
  /** Whether everything came to an end within the bound. */
  readonly finished: boolean;
  readonly counts: readonly Count[];
}

export interface DoubleChargeOptions {
  readonly defended: boolean;
  readonly cleanUp: CleanUp;
  readonly say: (text: string) => void;
}

const WEB_PROCESSES = 3;
const NO_LIMIT = '1000000000';
const WITHOUT_IDEMPOTENCY = 'test/drills/unprotected/without-idempotency.js';
/** Short, so that a provider that never answers is given up in the time of a drill. */
const PROVIDER_TIMEOUT_MS = 1_000;
const STOCK = 1_000_000;

/** Starts a fleet, lets everything go wrong that makes shops charge twice, and counts what the customers paid. */
export async function runDoubleCharge({ defended, cleanUp, say }: DoubleChargeOptions): Promise<DoubleChargeRun> {
  say(`Starting ${WEB_PROCESSES} web processes ${defended ? 'with' : 'without'} the defence`);
  const failpointsDir = temporaryFolder('bulwark-drill-points-', cleanUp);
  const services = await startInstance({
    dataDir: temporaryFolder('bulwark-drill-', cleanUp),
    settings: { WEB_WORKERS: '1', BULWARK_ROLE: 'web' },
  });
  cleanUp.add(() => services.stop());
  const fleet = await startExtraInstance(
    services,
    {
      WEB_WORKERS: String(WEB_PROCESSES),
      RATE_LIMIT_PER_ADDRESS: NO_LIMIT,
      FAILPOINTS_DIR: failpointsDir,
      PAYMENT_PROVIDER_TIMEOUT_MS: String(PROVIDER_TIMEOUT_MS),
    },
    defended ? undefined : WITHOUT_IDEMPOTENCY,
  );
  cleanUp.add(() => fleet.stop());
  await queryPrimary(services, `UPDATE catalog.stock SET quantity = ${STOCK}`);
  const items = await queryPrimary<{ id: string; currency: string }>(
    services,
    `SELECT id, currency FROM catalog.items
    WHERE currency = (SELECT currency FROM catalog.items ORDER BY id LIMIT 1) ORDER BY id LIMIT 100`,
  );
  const scene = {
    fleet,
    paymentProvider: services.run.paymentProvider,
    failpointsDir,
    itemIds: items.map(({ id }) => id),
    currency: items[0]?.currency ?? '',
    say,
  };
  const played: [string, readonly Intent[]][] = [];
  for (const { name, play } of SCENARIOS) {
    say(`  ${name}`);
    played.push([name, await play(scene)]);
  }
  say('  waiting until everything has come to an end');
  const outcome = await readFinalOutcome(services);
  await fleet.stop();
  await services.stop();
  return {
    defended,
    finished: outcome.finished,
    counts: played.map(([name, intents]) => countScenario(name, intents, outcome)),
  };
}
