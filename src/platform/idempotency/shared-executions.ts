import { resultOrLate } from '../background/index.js';
import type { StoredAnswer } from './stored-answer.js';

/** What an execution ends with: an answer for every request that waits, or none, and then another request may lead. */
export type SharedResult = { readonly answer: StoredAnswer } | undefined;

/**
 * Requests of this process that ask for the same thing at the same time. One leads and asks the database; the others
 * wait in memory, without a connection, and get its result.
 */
export class SharedExecutions {
  private readonly executions = new Map<string, Promise<SharedResult>>();
  private waiting = 0;

  constructor(private readonly waitersMax: number) {}

  isRunning(id: string): boolean {
    return this.executions.has(id);
  }

  /**
   * Leads an execution that has no leader; the work begins before this returns, so that there is one leader.
   * @throws whatever the work throws; requests that wait then get no answer
   */
  lead<T extends { answer: StoredAnswer }>(id: string, work: () => Promise<T>): Promise<T> {
    const execution = work();
    const result = execution.then(
      ({ answer }) => ({ answer }),
      () => undefined,
    );
    this.executions.set(id, result);
    void result.then(() => this.executions.delete(id));
    return execution;
  }

  /** Waits for the leader's result. @returns 'late' when the time is over or too many wait already */
  async wait(id: string, timeoutMs: number): Promise<SharedResult | 'late'> {
    const execution = this.executions.get(id);
    if (!execution) return undefined;
    if (this.waiting >= this.waitersMax || timeoutMs <= 0) return 'late';
    this.waiting++;
    try {
      return await resultOrLate(execution, timeoutMs, 'late' as const);
    } finally {
      this.waiting--;
    }
  }
}
