import { resultOrLate } from '../background/index.js';
import type { StoredAnswer } from './stored-answer.js';

/** What a flight ends with: an answer for every request that waits, or none, and then another request may lead. */
export type FlightResult = { readonly answer: StoredAnswer } | undefined;

/**
 * Requests of this process that ask for the same thing at the same time. One leads and asks the database; the others
 * wait in memory, without a connection, and get its result.
 */
export class Flights {
  private readonly flights = new Map<string, Promise<FlightResult>>();
  private waiting = 0;

  constructor(private readonly waitersMax: number) {}

  isFlying(id: string): boolean {
    return this.flights.has(id);
  }

  /**
   * Leads a flight that has no leader; the work begins before this returns, so that there is one leader.
   * @throws whatever the work throws; requests that wait then get no answer
   */
  lead<T extends { answer: StoredAnswer }>(id: string, work: () => Promise<T>): Promise<T> {
    const flight = work();
    const result = flight.then(
      ({ answer }) => ({ answer }),
      () => undefined,
    );
    this.flights.set(id, result);
    void result.then(() => this.flights.delete(id));
    return flight;
  }

  /** Waits for the leader's result. @returns 'late' when the time is over or too many wait already */
  async wait(id: string, timeoutMs: number): Promise<FlightResult | 'late'> {
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
