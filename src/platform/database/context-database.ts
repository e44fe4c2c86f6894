import type { DataSource, EntityManager } from 'typeorm';
import { readRows } from './read-rows.js';
import type { ReplicaGate } from './replica-gate.js';

/** A running transaction on the primary; hand it on, never keep it. */
export type Transaction = EntityManager;

const afterCommitCallbacks = new WeakMap<Transaction, (() => void)[]>();

/**
 * Runs the callback once the transaction has committed, never when it rolled back.
 * Only for nudges: the process may die between the commit and the call.
 */
export function afterCommit(tx: Transaction, callback: () => void): void {
  const callbacks = afterCommitCallbacks.get(tx);
  if (callbacks) callbacks.push(callback);
  else callback();
}

/**
 * One context's door to the database. It signs in with the context's own role and holds
 * its own small pool, so that one context can neither read another's tables nor starve it.
 */
export class ContextDatabase {
  constructor(
    private readonly primarySource: DataSource,
    private readonly replicaGate: ReplicaGate | undefined,
  ) {}

  /** Single statements on the primary. */
  get primary(): EntityManager {
    return this.primarySource.manager;
  }

  /** Single reads on a replica that is alive and close behind; on the primary when there is none. */
  get replica(): EntityManager {
    return this.replicaGate?.open()?.manager ?? this.primarySource.manager;
  }

  /**
   * Rows of one reading statement, on a replica unless it has to be the latest.
   * @param current whether only the primary will do
   */
  read<Row>(statement: string, parameters: readonly unknown[], { current }: { current: boolean }): Promise<Row[]> {
    const source = current ? this.primarySource : (this.replicaGate?.open() ?? this.primarySource);
    return readRows<Row>(source, statement, parameters);
  }

  /**
   * Runs the work in one transaction on the primary and commits when it returns.
   * Keep it short: no call to another system inside.
   * @throws whatever the work throws, after the rollback
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const callbacks: (() => void)[] = [];
    const result = await this.primarySource.transaction((tx) => {
      afterCommitCallbacks.set(tx, callbacks);
      return work(tx);
    });
    for (const callback of callbacks) callback();
    return result;
  }
}
