import type Stripe from 'stripe';
import type { ChargeRecord } from '../domain/reconciliation.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const STATES: Readonly<Record<string, ChargeRecord['state']>> = { requires_capture: 'held', succeeded: 'captured' };

/** The charge of an intent, in our terms; empty for an intent that is not ours. */
export function chargeRecordOf({
  id,
  status,
  amount,
  currency,
  created,
  metadata,
  latest_charge: charge,
}: Stripe.PaymentIntent): ChargeRecord[] {
  const paymentId = metadata.payment ?? '';
  if (!UUID.test(paymentId)) return [];
  const refunded = typeof charge === 'object' && charge !== null ? charge.amount_refunded : 0;
  return [
    {
      providerId: id,
      paymentId,
      state: STATES[status] ?? 'none',
      amountMinor: BigInt(amount),
      refundedMinor: BigInt(refunded),
      currency: currency.toUpperCase(),
      createdAt: new Date(created * 1_000),
    },
  ];
}
