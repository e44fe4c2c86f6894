import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../src/platform/config/index.js';
import { BudgetRefusal } from '../../src/platform/connection-budget/index.js';
import { logger } from '../../src/platform/observability/index.js';
import { SimulatedInstance, type FleetTally } from './simulated-instance.js';

/** What the drill asks of the process. */
export type FleetCommand = { readonly instances: number };

/** What the process reports, at each interval. */
export interface FleetReport extends FleetTally {
  readonly instances: number;
  readonly wanted: number;
  /** Starts that the budget has refused. */
  readonly refused: number;
  readonly refusal: string;
}

const REPORT_EVERY_MS = 250;
/** An autoscaler starts its instances one after the other. */
const START_EVERY_MS = 800;
/** And waits before it tries again what was refused. */
const REFUSED_PAUSE_MS = 2_000;

/**
 * A process that plays an autoscaling fleet: as many instances as the command says, each as demanding as a real one.
 */
async function playFleet(defended: boolean): Promise<void> {
  logger.level = 'silent';
  const config = loadConfig();
  const running: SimulatedInstance[] = [];
  const tally: FleetTally = { demanded: 0, open: 0, statements: 0, errors: 0, lastError: '' };
  let [wanted, refused, refusal] = [0, 0, ''];
  process.on('message', ({ instances }: FleetCommand) => {
    wanted = instances;
  });
  process.on('disconnect', () => process.exit(0));
  setInterval(
    () => process.send?.({ ...tally, instances: running.length, wanted, refused, refusal } satisfies FleetReport),
    REPORT_EVERY_MS,
  );
  for (let started = 0; ; await delay(START_EVERY_MS)) {
    if (running.length >= wanted) continue;
    const instance = new SimulatedInstance(config, tally, {
      instanceId: `simulated ${process.pid} ${started++}`,
      defended,
    });
    try {
      await instance.start();
      running.push(instance);
    } catch (error) {
      await instance.stop();
      if (!(error instanceof BudgetRefusal)) throw error;
      refused += 1;
      refusal = error.message;
      await delay(REFUSED_PAUSE_MS);
    }
  }
}

playFleet(process.argv[2] === 'defended').catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
  process.exit(1);
});
