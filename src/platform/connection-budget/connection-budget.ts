import { setTimeout as delay } from 'node:timers/promises';
import { RepeatingTask } from '../background/index.js';
import { demandOfInstance, type Config, type InstanceDemand } from '../config/index.js';
import { isSignInRefused } from '../database/index.js';
import { logger } from '../observability/index.js';
import { showLimits, showUse } from './budget-gauges.js';
import {
  limitsOf,
  poolerOverDatabase,
  explainRefusal,
  type LimitFacts,
  type LiveConnections,
} from './connection-limits.js';
import { InstanceRegistry } from './instance-registry.js';
import { readLimitFacts } from './limit-facts.js';
import { PoolerConsole } from './pooler-console.js';
import { PoolerWatch } from './pooler-watch.js';
import { budgetMetrics } from './budget.metrics.js';

const RENEW_EVERY_MS = 10_000;
/** A handful of questions, each with a time-out of its own. */
const RENEW_DEADLINE_MS = 20_000;
/** A registry that does not answer keeps an instance from starting no longer than this. */
const START_TIMEOUT_MS = 10_000;
const START_RETRY_MS = 1_000;
/** The messages of a database and of a pooler that are full already. */
const IS_FULL = /too many (clients|connections)|remaining connection slots|no more connections allowed/i;

/** The instance must not start: it would take more connections than there are. */
export class BudgetRefusal extends Error {
  constructor(
    message: string,
    /** Whether another start may succeed, since others give back what they hold. */
    readonly isTemporary: boolean,
  ) {
    super(`Bulwark does not start: ${message}`);
    this.name = 'BudgetRefusal';
  }
}

/**
 * An instance's part in the connection budget of the fleet: it takes a lease before it opens anything else, renews it
 * every 10 s and gives it back. An instance that serves goes on while the registry is gone (ADR 015).
 */
export class ConnectionBudget {
  private readonly demand: InstanceDemand;
  private readonly registry: InstanceRegistry;
  private readonly console: PoolerConsole;
  private readonly watch: PoolerWatch;
  private readonly renewal = new RepeatingTask({
    everyMs: RENEW_EVERY_MS,
    deadlineMs: RENEW_DEADLINE_MS,
    run: () => this.renew(),
    onFailure: (error) => this.lose(error),
  });
  private isLeaving = false;
  private isHeld: boolean | undefined;

  /** @param instanceId names what only one living instance can have, such as a port of this host */
  constructor(
    private readonly config: Config,
    private readonly instanceId: string,
  ) {
    this.demand = demandOfInstance(config);
    this.registry = new InstanceRegistry(config);
    this.console = PoolerConsole.ofPrimary(config);
    this.watch = new PoolerWatch(this.console);
  }

  /**
   * Takes the lease, and goes on without one when the registry cannot be reached.
   * @throws BudgetRefusal when there is no room for this instance; the driver's error when the role is not let in
   */
  async join(): Promise<void> {
    for (const deadline = Date.now() + START_TIMEOUT_MS; !this.isLeaving; await delay(START_RETRY_MS)) {
      try {
        await this.admit();
        break;
      } catch (error) {
        if (error instanceof BudgetRefusal || isSignInRefused(error)) throw error;
        if (Date.now() < deadline) continue;
        if (IS_FULL.test((error as Error).message))
          throw new BudgetRefusal(
            `the database has no connection left to ask for one ("${(error as Error).message}"); ` +
              'one more instance would make that worse. Run fewer instances, or smaller ones.',
            true,
          );
        this.lose(error);
        break;
      }
    }
    if (this.isLeaving) return;
    this.watch.start();
    void this.renewal.start();
  }

  /** Gives the lease back; what does not answer in time lets it run out. */
  async leave(): Promise<void> {
    this.isLeaving = true;
    const watched = this.watch.stop();
    // A renewal that came after the release would bring the lease back.
    await this.renewal.stop();
    if (this.isHeld !== undefined)
      await this.registry
        .release()
        .catch((error: unknown) => logger.debug({ error }, 'The lease could not be given back; it runs out.'));
    await Promise.all([this.registry.end(), this.console.end(), watched]);
  }

  private async admit(): Promise<void> {
    const facts = await readLimitFacts(this.config, this.registry, this.console);
    const overcommitment = poolerOverDatabase(facts);
    if (overcommitment !== undefined) throw new BudgetRefusal(overcommitment, false);
    const { admitted, others } = await this.registry.admit(this.instanceId, this.demand, limitsOf(facts));
    if (!admitted) throw new BudgetRefusal(explainRefusal(facts, this.demand, others), others.instances > 0);
    if (facts.pooler === undefined)
      logger.info('No console of a pooler can be read: DATABASE_CONNECTION_BUDGET alone bounds the fleet.');
    this.hold(facts, others);
  }

  private async renew(): Promise<void> {
    const others = await this.registry.renew(this.instanceId, this.demand);
    this.hold(await readLimitFacts(this.config, this.registry, this.console), others);
  }

  private hold(facts: LimitFacts, others: LiveConnections): void {
    showLimits(facts);
    showUse(facts, this.demand, others);
    if (!this.isHeld) logger.info({ ...this.demand }, 'The connections of this instance are counted.');
    this.isHeld = true;
    budgetMetrics.leaseHeld.set(1);
  }

  private lose(error: unknown): void {
    if (this.isHeld !== false)
      logger.warn(
        { why: (error as Error).message },
        'The connections of this instance cannot be counted now; it serves all the same.',
      );
    this.isHeld = false;
    budgetMetrics.leaseHeld.set(0);
  }
}
