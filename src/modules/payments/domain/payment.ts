/** `processing` always ends as one of the others. */
export type PaymentStatus = 'processing' | 'captured' | 'failed';

/** One item of a payment, at the price at which it was paid. */
export interface PaymentLine {
  readonly itemId: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly unitPriceMinor: bigint;
}

/** A payment as it is recorded. */
export interface Payment {
  readonly id: string;
  readonly accountId: string;
  readonly reference: string | null;
  readonly status: PaymentStatus;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly refundedMinor: bigint;
  readonly providerId: string | null;
  /** Why it failed: the provider's code, or one of ours. */
  readonly failure: string | null;
  readonly lines: readonly PaymentLine[];
  readonly createdAt: Date;
  readonly capturedAt: Date | null;
}

/** The idempotency key of a step at the provider: the same for every attempt. Never derived from the amount. */
export function providerKey(id: string, step: 'authorize' | 'capture' | 'void' | 'refund'): string {
  return `${id}:${step}`;
}
