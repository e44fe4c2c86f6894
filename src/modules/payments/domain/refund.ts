/** Money on its way back to the customer. */
export interface Refund {
  readonly id: string;
  readonly accountId: string;
  readonly paymentId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly status: 'processing' | 'succeeded' | 'failed';
  readonly createdAt: Date;
}
