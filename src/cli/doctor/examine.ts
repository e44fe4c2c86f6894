import type { Config } from '../../platform/config/index.js';
import { readBudget } from '../../platform/connection-budget/index.js';
import { explainSystemError } from '../../platform/machine/index.js';
import { readMetrics, type MetricsReading } from './product-metrics.js';
import type { Finding } from './finding.js';
import { evaluateConnections } from './evaluate-connections.js';
import { evaluateHottestKey } from './evaluate-hottest-key.js';
import { evaluateLoginLimit } from './evaluate-login-limit.js';
import { evaluateReadWriteRatio } from './evaluate-read-write-ratio.js';
import { evaluateRoutes, type ApiDocument } from './evaluate-routes.js';
import { probeLogins } from './probe-logins.js';

/** Where the system is. */
export interface ExaminedSystem {
  readonly app: string;
  /** The ops port of each instance. */
  readonly ops: readonly string[];
  readonly config: Config;
}

const TIMEOUT_MS = 10_000;

/** Answers the five questions; what cannot be examined becomes a finding of its own. */
export async function examine({ app, ops, config }: ExaminedSystem): Promise<Finding[]> {
  const scrape = async (): Promise<readonly MetricsReading[]> => Promise.all(ops.map(readMetrics));
  return [
    await answer('What is the measured read:write ratio?', async () => readWriteRatio(await scrape())),
    await answer('Which cache key is the hottest, and is it protected from a stampede?', async () =>
      hottestKey(await scrape()),
    ),
    await answer('Is every route that changes state idempotent?', async () =>
      evaluateRoutes((await fetchJson(`${app}/openapi.json`)) as ApiDocument, isOn(await scrape(), 'idempotency')),
    ),
    await answer('Can instances x pool size exceed what pooler and database take?', async () =>
      connections(await scrape(), config),
    ),
    await answer('Is the limit on failed logins per account, not per address?', async () =>
      evaluateLoginLimit(await probeLogins(app)),
    ),
  ];
}

async function answer(question: string, evaluate: () => Promise<Finding>): Promise<Finding> {
  try {
    return await evaluate();
  } catch (error) {
    const { message, cause } = error as Error;
    const why = explainSystemError(error) ?? (cause instanceof Error ? `${message} (${cause.message})` : message);
    return {
      question,
      figure: 'it could not be examined',
      status: 'unknown',
      evidence: [why],
      repair: 'See that the system runs, and that its addresses are right (--app, --ops, DATABASE_URL).',
    };
  }
}

function readWriteRatio(readings: readonly MetricsReading[]): Finding {
  return evaluateReadWriteRatio({
    reads: sum(readings, 'bulwark_http_requests_total', { kind: 'read' }),
    writes: sum(readings, 'bulwark_http_requests_total', { kind: 'write' }),
    onReplica: sum(readings, 'bulwark_db_queries_total', { target: 'replica' }),
    onPrimary: sum(readings, 'bulwark_db_queries_total', { target: 'primary' }),
  });
}

function hottestKey(readings: readonly MetricsReading[]): Finding {
  const keys = readings
    .flatMap((reading) => reading.series('bulwark_cache_hot_key_hits'))
    .map(({ labels, value }) => ({
      cache: labels.cache ?? '',
      key: labels.key ?? '',
      protection: labels.protection ?? 'none',
      hits: value,
    }))
    .filter(({ hits }) => hits > 0);
  return evaluateHottestKey(keys, isOn(readings, 'cache'));
}

async function connections(readings: readonly MetricsReading[], config: Config): Promise<Finding> {
  const { instances, poolerClients, isPoolerShared, servers } = await readBudget(config);
  const budgets = readings
    .map((reading) => reading.sum('bulwark_connection_budget_limit', { of: 'budget' }))
    .filter((budget) => budget > 0);
  return evaluateConnections({
    instances,
    poolerClients,
    isPoolerShared,
    servers,
    // The budget that the instances keep counts, not the one in the environment of this command.
    budget: budgets.length > 0 ? Math.min(...budgets) : config.database.connectionBudget,
    counted: { asked: readings.length, held: sum(readings, 'bulwark_connection_budget_lease_held') },
  });
}

/** Whether every instance reports that a protection is on. */
function isOn(readings: readonly MetricsReading[], name: string): boolean {
  const reported = readings
    .flatMap((reading) => reading.series('bulwark_protection_enabled'))
    .filter(({ labels }) => labels.name === name);
  return reported.length >= readings.length && reported.every(({ value }) => value === 1);
}

function sum(readings: readonly MetricsReading[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  return readings.reduce((total, reading) => total + reading.sum(name, labels), 0);
}

async function fetchJson(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}.`);
  return answer.json();
}
