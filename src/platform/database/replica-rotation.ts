import type { Replica } from './replica.js';
import type { WalPosition } from './wal-position.js';

/** What a reader asks of the replica that serves it. */
export interface ReadTerms {
  readonly lagMaxMs: number;
  /** What has to be in what is read. */
  readonly position: WalPosition | undefined;
}

/** The replicas that may serve, in turns. */
export class ReplicaRotation {
  private next = 0;

  constructor(readonly replicas: readonly Replica[]) {}

  /** The next one that fits the terms; undefined when only the primary does. */
  choose(terms: ReadTerms): Replica | undefined {
    for (let n = 0; n < this.replicas.length; n++) {
      const replica = this.replicas[(this.next + n) % this.replicas.length];
      if (!replica?.canServe(terms)) continue;
      this.next = (this.next + n + 1) % this.replicas.length;
      return replica;
    }
    return undefined;
  }

  /** @throws Error when one is out of the rotation */
  assertAllServe(): void {
    const out = this.replicas.filter((replica) => !replica.isServing()).map(({ name }) => name);
    if (out.length > 0) throw new Error(`Out of the rotation: ${out.join(', ')}.`);
  }
}
