/** A payment was captured. */
export const PAYMENT_CAPTURED = 'payments.payment-captured.v1';
/** A payment was refunded, in part or whole. */
export const PAYMENT_REFUNDED = 'payments.payment-refunded.v1';

/** Payload of {@link PAYMENT_CAPTURED}. Amounts are minor units as text, exact at any size. */
export interface PaymentCaptured {
  readonly paymentId: string;
  readonly accountId: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly lines: readonly {
    readonly sku: string;
    readonly title: string;
    readonly quantity: number;
    readonly unitPriceMinor: string;
  }[];
  /** RFC 3339, UTC. */
  readonly capturedAt: string;
}

/** Payload of {@link PAYMENT_REFUNDED}. */
export interface PaymentRefunded {
  readonly paymentId: string;
  readonly accountId: string;
  readonly refundId: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly refundedAt: string;
}
