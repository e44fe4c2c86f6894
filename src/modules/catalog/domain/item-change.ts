/** That a transaction has changed an item. */
export interface ItemChange {
  readonly id: number;
  readonly transactionId: number;
  readonly itemId: string;
  /** Whether lists may look different now. */
  readonly listing: boolean;
}
