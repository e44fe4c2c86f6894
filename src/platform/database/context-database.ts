import type { DataSource, EntityManager } from 'typeorm';
import type { ReplicaContext } from '../config/index.js';
import { readRows } from './read-rows.js';
import { reader } from './reader.js';
import type { ReadTerms, ReplicaRotation } from './replica-rotation.js';
import { ReplicaLeftError } from './replica.js';

/** A running transaction on the primary; pass it on, never keep it. */
export type Transaction = EntityManager;

/**
 * What a read has to see.
 * - `latest`: everything that is committed, so the primary serves it;
 * - `own-writes`: whatever the caller of this request has written (ADR 012); outside of a request the same as `latest`;
 * - `close`: what was true a moment ago;
 * - `any`: what a replica in the rotation has.
 */
export type Freshness = 'latest' | 'own-writes' | 'close' | 'any';

/** What counts as a moment. */
const CLOSE_MS = 1_000;

const afterCommitCallbacks = new WeakMap<Transaction, (() => void)[]>();

/**
 * Runs the callback once the transaction has committed, never when it rolled back.
 * Only for hints: the process may die between the commit and the call.
 */
export function afterCommit(tx: Transaction, callback: () => void): void {
  const callbacks = afterCommitCallbacks.get(tx);
  if (callbacks) callbacks.push(callback);
  else callback();
}

/** The replicas as one context reaches them. */
export interface ContextReplicas {
  readonly context: ReplicaContext;
  readonly rotation: ReplicaRotation;
}

/**
 * One context's door to the database. It signs in with the context's own role and holds
 * its own small pools, so that one context can neither read another's tables nor starve it.
 */
export class ContextDatabase {
  constructor(
    private readonly primarySource: DataSource,
    private readonly replicas: ContextReplicas | undefined,
  ) {}

  /** Single statements on the primary; reads that a replica may serve go through {@link read}. */
  get primary(): EntityManager {
    noteWrite();
    return this.primarySource.manager;
  }

  /** Rows of one reading statement, from a replica where one can show what has to be seen. */
  async read<Row>(statement: string, parameters: readonly unknown[], freshness: Freshness): Promise<Row[]> {
    return this.readFrom(freshness, (source) => readRows<Row>(source, statement, parameters));
  }

  /** The same for entities: one read through the manager of the server that may serve it. */
  async readEntities<T>(freshness: Freshness, read: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.readFrom(freshness, (source) => read(source.manager));
  }

  /** @param read runs again on the primary when the replica fails */
  private async readFrom<T>(freshness: Freshness, read: (source: DataSource) => Promise<T>): Promise<T> {
    const terms = termsOf(freshness);
    const replica = terms && this.replicas?.rotation.choose(terms);
    if (!replica || !this.replicas) return read(this.primarySource);
    const source = replica.source(this.replicas.context);
    try {
      return await replica.run(() => read(source));
    } catch (error) {
      if (!isReplicasFault(error)) throw error;
      replica.recheck();
      return read(this.primarySource);
    }
  }

  /**
   * Runs the work in one transaction on the primary and commits when it returns.
   * Keep it short: no call to another system inside.
   * @throws whatever the work throws, after the rollback
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    noteWrite();
    const callbacks: (() => void)[] = [];
    const result = await this.primarySource.transaction((tx) => {
      afterCommitCallbacks.set(tx, callbacks);
      return work(tx);
    });
    for (const callback of callbacks) callback();
    return result;
  }
}

function noteWrite(): void {
  const asking = reader.getStore();
  if (asking) asking.wrote = true;
}

/** @returns undefined when only the primary will do */
function termsOf(freshness: Freshness): ReadTerms | undefined {
  if (freshness === 'latest') return undefined;
  if (freshness === 'any') return { lagMaxMs: Number.POSITIVE_INFINITY, position: undefined };
  if (freshness === 'close') return { lagMaxMs: CLOSE_MS, position: undefined };
  const asking = reader.getStore();
  return asking && !asking.onPrimary ? { lagMaxMs: Number.POSITIVE_INFINITY, position: asking.position } : undefined;
}

/**
 * Errors that the primary would give as well: bad data, broken constraints, refusals raised in our functions, the
 * statement's time-out. An unknown table or column is not among them: a replica may not have replayed a migration yet.
 */
const SAME_ANYWHERE = /^(22|23|P0|57014)/;

function isReplicasFault(error: unknown): boolean {
  if (error instanceof ReplicaLeftError) return true;
  const { code, message } = error as { code?: string; message?: string };
  // The pool is full: its readers must not fill the primary's as well.
  if (message?.startsWith('timeout exceeded')) return false;
  return code === undefined || !SAME_ANYWHERE.test(code);
}
