/** What was sold on one day in one currency. */
export interface SalesOfDay {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly currency: string;
  readonly payments: number;
  readonly capturedMinor: bigint;
  readonly refundedMinor: bigint;
}
