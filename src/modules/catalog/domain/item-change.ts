/** That a transaction has changed an item. */
export interface ItemChange {
  readonly id: number;
  readonly transactionId: number;
  readonly itemId: string;
  /** Whether the content or order of lists may have changed. */
  readonly listing: boolean;
}
