import { resultOrLate } from '../background/index.js';
import type { StoredAnswer } from './stored-answer.js';

/** What a flight ends with: an answer for everybody, or nothing, and then somebody else may lead. */
export type Landing = { readonly answer: StoredAnswer } | undefined;

/**
 * Requests of this process that ask for the same thing at the same time. One leads and asks the database;
 * the others wait in memory, without a connection, and are woken by its result.
 */
export class Flights {
  private readonly flights = new Map<string, Promise<Landing>>();
  private waiting = 0;

  constructor(private readonly waitersMax: number) {}

  isFlying(id: string): boolean {
    return this.flights.has(id);
  }

  /**
   * Leads a flight that nobody leads yet; the work begins before this returns, so that there is one leader.
   * @throws whatever the work throws; those who wait then land without an answer
   */
  lead<T extends { answer: StoredAnswer }>(id: string, work: () => Promise<T>): Promise<T> {
    const flight = work();
    const landing = flight.then(
      ({ answer }) => ({ answer }),
      () => undefined,
    );
    this.flights.set(id, landing);
    void landing.then(() => this.flights.delete(id));
    return flight;
  }

  /** Waits for the leader's result. @returns 'late' when the time is over or too many wait already */
  async wait(id: string, timeoutMs: number): Promise<Landing | 'late'> {
    const flight = this.flights.get(id);
    if (!flight) return undefined;
    if (this.waiting >= this.waitersMax || timeoutMs <= 0) return 'late';
    this.waiting++;
    try {
      return await resultOrLate(flight, timeoutMs, 'late' as const);
    } finally {
      this.waiting--;
    }
  }
}
