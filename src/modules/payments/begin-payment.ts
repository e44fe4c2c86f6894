import { Injectable } from '@nestjs/common';
import { toMoneyDto } from '../../platform/http/index.js';
import { HttpProblems, type Problem } from '../../platform/problems/index.js';
import { StockReservations } from '../catalog/index.js';
import { totalMinor } from './domain/money.js';
import type { Payment } from './domain/payment.js';
import { mergeLines, refuseQuote, type OrderLine, type QuotedLine } from './domain/quote.js';
import { PaymentProblems } from './payments.problems.js';
import { PendingOperations } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';

/** An order as a customer sends it. */
export interface Order {
  readonly lines: readonly OrderLine[];
  readonly cardToken: string;
  readonly reference: string | null;
}

/** Longer than a request may work on its payment; after it, recovery may take the payment up. */
export const LEASE_SECONDS = 30;

const REFERENCE_FREED_RETRY_SECONDS = 1;

/**
 * The first of a payment's two durable writes: price and stock are read and the stock is taken on the primary, and
 * the payment is written, all in one statement (ADR 003).
 */
@Injectable()
export class BeginPayment {
  constructor(
    private readonly payments: Payments,
    private readonly open: PendingOperations,
  ) {}

  /** @throws Problem `already_paid`, `item_unavailable`, `mixed_currencies`, `price_changed`, `insufficient_stock` */
  async execute(accountId: string, id: string, { lines: wanted, reference, cardToken }: Order): Promise<Payment> {
    const requests = StockReservations.requestsOf(mergeLines(wanted));
    const begun = await this.payments.begin({
      accountId,
      id,
      reference,
      requests,
      cardTokenSealed: this.open.sealToken(cardToken),
      leaseSeconds: LEASE_SECONDS,
    });
    if (begun.outcome === 'paid') throw takenReference(begun.paidBy);
    const { reserved, lines } = StockReservations.verdictOf(begun.quoted);
    const refusal = refuseQuote(reserved, lines);
    if (refusal) throw refusalProblem(refusal, lines);
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

/** @param paymentId undefined when the payment that held the reference has failed since: then nobody has paid, and the key must stay free */
function takenReference(paymentId: string | undefined): Problem {
  if (paymentId === undefined)
    return HttpProblems.unavailable('An earlier payment of this order has failed just now.', {
      retryAfterSeconds: REFERENCE_FREED_RETRY_SECONDS,
    });
  return PaymentProblems.already_paid('A payment with this reference is there already.', { extensions: { paymentId } });
}

function refusalProblem(refusal: NonNullable<ReturnType<typeof refuseQuote>>, lines: readonly QuotedLine[]): Problem {
  const missing = lines.filter((line) => !line.found).map(({ itemId, quantity }) => ({ itemId, quantity }));
  if (refusal === 'item_unavailable')
    return PaymentProblems.item_unavailable('An item of the order is not in the catalog.', {
      extensions: { lines: missing },
    });
  if (refusal === 'mixed_currencies')
    return PaymentProblems.mixed_currencies('The items have prices in different currencies.', {
      errors: [{ pointer: '/items', message: 'must have one currency' }],
    });
  const current = lines.map(({ itemId, sku, title, quantity, unitPriceMinor, currency, available }) => ({
    itemId,
    sku,
    title,
    quantity,
    unitPrice: toMoneyDto(unitPriceMinor, currency),
    available,
  }));
  if (refusal === 'price_changed')
    return PaymentProblems.price_changed('A price is not the one that was expected.', {
      extensions: { lines: current },
    });
  const short = current.filter((_, index) => lines[index]?.short);
  return PaymentProblems.insufficient_stock('There is less in stock than the order wants.', {
    extensions: { lines: short },
  });
}
