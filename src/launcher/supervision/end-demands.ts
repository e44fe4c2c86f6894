/** What a signal asks of a running `up`. */
export type Demand = 'end' | 'end at once' | 'give up' | 'nothing';

/** Signals that follow one another this closely are one Ctrl-C: the terminal sends it, and npm passes it on. */
const SAME_KEY_MS = 1_000;

/**
 * Tells a second Ctrl-C from the many signals that one end sends: the terminal, npm and a service manager each signal
 * the process or its group, and a terminal that closes sends SIGHUP after them. Only a person who presses Ctrl-C again
 * asks for an end that drops the requests in flight.
 */
export class EndDemands {
  private begun = false;
  private lastKeyAt = Number.NEGATIVE_INFINITY;
  private keys = 0;

  constructor(private readonly now: () => number = Date.now) {}

  /** The parent, which would have passed a signal on, is gone. */
  onOrphaned(): Demand {
    return this.begin();
  }

  onSignal(signal: NodeJS.Signals): Demand {
    if (signal !== 'SIGINT') return this.begin();
    const isSameKey = this.now() - this.lastKeyAt <= SAME_KEY_MS;
    if (isSameKey) return 'nothing';
    this.lastKeyAt = this.now();
    this.keys += 1;
    if (this.begin() === 'end') return 'end';
    return this.keys <= 2 ? 'end at once' : 'give up';
  }

  private begin(): Demand {
    if (this.begun) return 'nothing';
    this.begun = true;
    return 'end';
  }
}
