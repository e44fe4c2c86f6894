import type { Config } from '../config/index.js';
import type { LimitFacts } from './connection-limits.js';
import { InstanceRegistry, type LiveInstance } from './instance-registry.js';
import { readLimitFacts } from './limit-facts.js';
import { PoolerConsole } from './pooler-console.js';

/** The budget as it stands: who holds what, and what bounds it. */
export interface BudgetReading {
  readonly instances: readonly LiveInstance[];
  readonly facts: LimitFacts;
}

/**
 * Reads the budget of a running fleet without taking part in it.
 * @throws the driver's error when the primary does not answer
 */
export async function readBudget(config: Config): Promise<BudgetReading> {
  const [registry, console] = [new InstanceRegistry(config), new PoolerConsole(config)];
  try {
    return { facts: await readLimitFacts(config, registry, console), instances: await registry.live() };
  } finally {
    await Promise.all([registry.end(), console.end()]);
  }
}
