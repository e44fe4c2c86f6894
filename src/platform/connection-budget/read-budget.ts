import type { Config } from '../config/index.js';
import { poolerClientsFor, serversOf } from './connection-limits.js';
import { InstanceRegistry, type LiveInstance } from './instance-registry.js';
import { readLimitFacts } from './limit-facts.js';
import { PoolerConsole } from './pooler-console.js';

/** The budget as it stands: who holds what, and what bounds it. What could not be read is undefined. */
export interface BudgetReading {
  readonly instances: readonly LiveInstance[];
  /** Clients that the pooler takes from the fleet. */
  readonly poolerClients: number | undefined;
  /** Whether connections to replicas go through the same pooler. */
  readonly isPoolerShared: boolean;
  /** Server connections that the pooler may open to the primary, and what that takes. */
  readonly servers: { readonly wanted: number; readonly max: number } | undefined;
}

/**
 * Reads the budget of a running fleet without taking part in it.
 * @throws the driver's error when the primary does not answer
 */
export async function readBudget(config: Config): Promise<BudgetReading> {
  const [registry, console] = [new InstanceRegistry(config), PoolerConsole.ofPrimary(config)];
  try {
    const facts = await readLimitFacts(config, registry, console);
    return {
      instances: await registry.live(),
      poolerClients: poolerClientsFor(facts),
      isPoolerShared: facts.isPoolerShared,
      servers: serversOf(facts),
    };
  } finally {
    await Promise.all([registry.end(), console.end()]);
  }
}
