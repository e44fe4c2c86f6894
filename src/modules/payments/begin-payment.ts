import { Injectable } from '@nestjs/common';
import { HttpProblems } from '../../platform/problems/index.js';
import { StockReservations } from '../catalog/index.js';
import { totalMinor } from './domain/money.js';
import type { Payment } from './domain/payment.js';
import { mergeLines, refuseQuote, type Order } from './domain/order.js';
import { orderRefused, referenceTaken } from './payments.problems.js';
import { PendingOperations } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';

/** Longer than a request may work on its payment; after it, recovery may claim the payment. */
export const LEASE_SECONDS = 30;

/**
 * The first of a payment's two durable writes: price and stock are read on the primary, the stock is reserved, and the
 * payment is written, all in one statement (ADR 003).
 */
@Injectable()
export class BeginPayment {
  constructor(
    private readonly payments: Payments,
    private readonly pending: PendingOperations,
  ) {}

  /** @throws Problem `already_paid`, `item_unavailable`, `mixed_currencies`, `price_changed`, `insufficient_stock` */
  async execute(accountId: string, id: string, { lines: wanted, reference, cardToken }: Order): Promise<Payment> {
    const requests = StockReservations.requestsOf(mergeLines(wanted));
    const begun = await this.payments.begin({
      accountId,
      id,
      reference,
      requests,
      cardTokenSealed: this.pending.sealToken(cardToken),
      leaseSeconds: LEASE_SECONDS,
    });
    if (begun.outcome === 'paid') throw referenceTaken(begun.paidBy);
    const { reserved, lines } = StockReservations.decisionOf(begun.quoted);
    const refusal = refuseQuote(reserved, lines);
    if (refusal) throw orderRefused(refusal, lines);
    if (begun.outcome !== 'begun')
      throw HttpProblems.validation_failed('The total cannot be paid at once.', {
        errors: [{ pointer: '/items', message: 'the total is zero or too large' }],
      });
    const { createdAt } = begun;
    return {
      id,
      accountId,
      reference,
      status: 'processing',
      amountMinor: totalMinor(lines),
      currency: lines[0]?.currency ?? '',
      lines,
      refundedMinor: 0n,
      providerId: null,
      failure: null,
      createdAt,
      capturedAt: null,
    };
  }
}
