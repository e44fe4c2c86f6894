import { setTimeout as delay } from 'node:timers/promises';
import { readMetrics } from '../../src/cli/doctor/product-metrics.js';
import type { Instance } from '../load/spawn-instance.js';

const QUIET_MS = 4_000;

/**
 * Statements a millisecond that the catalog sends without any request: the worker polls for changes.
 * @param labels which of them, for example `{ target: 'primary' }`
 */
export async function idleStatements({ run }: Instance, labels: Readonly<Record<string, string>>): Promise<number> {
  const wanted = { module: 'catalog', ...labels };
  const before = await readMetrics(run.ops);
  await delay(QUIET_MS);
  const after = await readMetrics(run.ops);
  return (
    (after.sum('bulwark_db_queries_total', wanted) - before.sum('bulwark_db_queries_total', wanted)) /
    (after.at - before.at)
  );
}
