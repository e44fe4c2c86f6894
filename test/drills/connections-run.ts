import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CleanUp } from '../load/clean-up.js';
import type { Keys, PaymentLoad, PhaseResult } from '../load/load-plan.js';
import { queryPrimary } from '../load/query-database.js';
import { Generator } from '../load/run-generator.js';
import {
  runCommand,
  startExtraInstance,
  startInstance,
  type ExtraInstance,
  type Instance,
} from '../load/spawn-instance.js';
import { temporaryFolder } from '../load/temporary-folder.js';
import { simulatedAt, stepPhase, type ConnectionsPlan } from './connections-plan.js';
import { FleetWatch, type FleetSample } from './fleet-watch.js';
import { PayingClient } from './paying-client.js';

/** One step of the growth: what the customers of the real instances met. */
export interface ConnectionsStep {
  readonly factor: number;
  readonly browse: readonly PhaseResult[];
  readonly pay: readonly PhaseResult[];
}

export interface ConnectionsRun {
  readonly defended: boolean;
  readonly plan: ConnectionsPlan;
  /** max_connections of the primary. */
  readonly connectionsMax: number;
  readonly steps: readonly ConnectionsStep[];
  readonly samples: readonly FleetSample[];
  /** The message of the last instance that the budget refused; empty when none was. */
  readonly refusal: string;
  /** The last error of a simulated instance from the database; empty when nothing failed. */
  readonly lastError: string;
}

export interface ConnectionsOptions {
  readonly plan: ConnectionsPlan;
  readonly defended: boolean;
  readonly cleanUp: CleanUp;
  readonly say: (text: string) => void;
}

interface Loads {
  readonly browse: readonly Generator[];
  readonly pay: readonly Generator[];
}

const NO_LIMIT = '1000000000';
const REQUEST_TIMEOUT_MS = 10_000;
const BROWSE_CONNECTIONS = 30;
/** Few enough that each is used soon: the server closes what says nothing at first. */
const PAY_CONNECTIONS = 12;
const STOCK = 1_000_000;

/** A system, two more instances of the product under traffic that grows, and an autoscaler that follows it. */
export async function runConnections({ plan, defended, cleanUp, say }: ConnectionsOptions): Promise<ConnectionsRun> {
  say(
    `Starting a system and ${plan.realInstances} more instances ` +
      `${defended ? 'behind the pooler, with a budget' : 'straight on the database, without a budget'}`,
  );
  const folder = temporaryFolder('bulwark-drill-', cleanUp);
  const settings = {
    WEB_WORKERS: '1',
    RATE_LIMIT_PER_ADDRESS: NO_LIMIT,
    CACHE_WARM_ITEMS_MAX: '0',
    DATABASE_CONNECTION_BUDGET: defended ? String(plan.budget) : NO_LIMIT.slice(0, 7),
  };
  const instance = await startInstance({ dataDir: folder, settings });
  cleanUp.add(() => instance.stop());
  say(await runCommand(instance, 'catalog-generate', [String(plan.items)]));
  await queryPrimary(instance, `UPDATE catalog.stock SET quantity = ${STOCK}`);
  const own = { ...settings, BULWARK_ROLE: 'web', ...(!defended && direct(instance)) };
  const extras = await Promise.all(Array.from({ length: plan.realInstances }, () => startExtraInstance(instance, own)));
  for (const extra of extras) cleanUp.add(() => extra.stop());
  const loads = await prepareLoads(instance, extras, { plan, folder, cleanUp });
  const [held] = await queryPrimary<{ instances: number; connections: number }>(
    instance,
    `SELECT count(*)::int AS instances, sum(primary_connections + replica_connections)::int AS connections
    FROM platform.instances WHERE leased_until > now()`,
  );
  const fleet = await FleetWatch.start(instance, {
    settings: own,
    defended,
    real: { instances: held?.instances ?? 0, connections: held?.connections ?? 0 },
    cleanUp,
  });
  const steps: ConnectionsStep[] = [];
  for (const factor of plan.factors) {
    say(`  ${factor} x the traffic, ${plan.instances * factor} instances wanted`);
    fleet.grow(simulatedAt(plan, factor));
    steps.push(await playStep(plan, factor, loads));
  }
  await fleet.stop();
  await Promise.all([...loads.browse, ...loads.pay].map((generator) => generator.stop()));
  await Promise.all(extras.map((extra) => extra.stop()));
  await instance.stop();
  return {
    defended,
    plan,
    connectionsMax: fleet.connectionsMax,
    steps,
    samples: fleet.samples,
    refusal: fleet.last?.refusal ?? '',
    lastError: fleet.last?.lastError ?? '',
  };
}

async function playStep(plan: ConnectionsPlan, factor: number, { browse, pay }: Loads): Promise<ConnectionsStep> {
  const [browsed, paid] = await Promise.all([
    Promise.all(browse.map((generator) => generator.run(stepPhase(plan, factor, plan.browsePerSecond)))),
    Promise.all(pay.map((generator) => generator.run(stepPhase(plan, factor, plan.payPerSecond)))),
  ]);
  return { factor, browse: browsed, pay: paid };
}

/** As many live without a pooler: the pools lead straight to the servers. */
function direct({ run }: Instance): Record<string, string> {
  return { DATABASE_URL: run.postgresPrimary, DATABASE_REPLICA_URLS: run.postgresReplica };
}

async function prepareLoads(
  instance: Instance,
  extras: readonly ExtraInstance[],
  { plan, folder, cleanUp }: { plan: ConnectionsPlan; folder: string; cleanUp: CleanUp },
): Promise<Loads> {
  const [idsFile, tokensFile] = [join(folder, 'item-ids.txt'), join(folder, 'customers.txt')];
  // In random order, and all with prices in one currency.
  const items = await queryPrimary<{ id: string }>(
    instance,
    'SELECT id FROM catalog.items WHERE deleted_at IS NULL ORDER BY md5(id::text)',
  );
  writeFileSync(idsFile, `${items.map(({ id }) => id).join('\n')}\n`);
  const customers = await Promise.all(
    Array.from({ length: plan.customers }, () => PayingClient.signUp(instance.run.app)),
  );
  writeFileSync(tokensFile, `${customers.map(({ token }) => token).join('\n')}\n`);
  const payments: PaymentLoad = { tokensFile, itemIdsFile: idsFile };
  const browse = (index: number): Keys => ({
    kind: 'walk',
    prefix: '/v1/items/',
    idsFile,
    fromLine: Math.floor((index * items.length) / extras.length),
  });
  return {
    browse: await Promise.all(
      extras.map(({ app: url }, index) =>
        Generator.start(
          { url, connections: BROWSE_CONNECTIONS, keys: browse(index), requestTimeoutMs: REQUEST_TIMEOUT_MS },
          cleanUp,
        ),
      ),
    ),
    pay: await Promise.all(
      extras.map(({ app: url }) =>
        Generator.start(
          {
            url,
            connections: PAY_CONNECTIONS,
            keys: { kind: 'one', path: '/v1/payments' },
            payments,
            requestTimeoutMs: REQUEST_TIMEOUT_MS,
          },
          cleanUp,
        ),
      ),
    ),
  };
}
