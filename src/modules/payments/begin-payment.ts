import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../platform/database/index.js';
import { toMoneyDto } from '../../platform/http/index.js';
import { HttpProblems, type Problem } from '../../platform/problems/index.js';
import { StockReservations } from '../catalog/index.js';
import { totalMinor } from './domain/money.js';
import type { Payment } from './domain/payment.js';
import { mergeLines, refuseQuote, type OrderLine, type QuotedLine } from './domain/quote.js';
import { isPayable } from './http/payment.dto.js';
import { PaymentProblems } from './payments.problems.js';
import { OpenWork } from './persistence/open-work.js';
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
 * the payment is written, all in one transaction (ADR 003).
 */
@Injectable()
export class BeginPayment {
  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly stock: StockReservations,
    private readonly payments: Payments,
    private readonly open: OpenWork,
  ) {}

  /** @throws Problem `already_paid`, `item_unavailable`, `mixed_currencies`, `price_changed`, `insufficient_stock` */
  async execute(accountId: string, id: string, order: Order): Promise<Payment> {
    return this.database.transaction(async (tx) => {
      await this.refusePaidReference(tx, accountId, order.reference);
      const lines = await this.reserve(tx, order.lines);
      const payment = { id, accountId, reference: order.reference, amountMinor: totalMinor(lines), currency: lines[0]?.currency ?? '', lines };
      const begun = await this.payments.insert(tx, payment, { cardTokenSealed: this.open.sealToken(order.cardToken), leaseSeconds: LEASE_SECONDS });
      // Somebody was first between the question and the write; the stock goes back with the transaction.
      if (!begun) throw takenReference(await this.payments.findByReference(tx, accountId, order.reference ?? ''));
      return { ...payment, status: 'processing', refundedMinor: 0n, providerId: null, failure: null, createdAt: begun.createdAt, capturedAt: null };
    });
  }

  private async refusePaidReference(tx: Transaction, accountId: string, reference: string | null): Promise<void> {
    const paymentId = reference === null ? undefined : await this.payments.findByReference(tx, accountId, reference);
    if (paymentId) throw takenReference(paymentId);
  }

  private async reserve(tx: Transaction, wanted: readonly OrderLine[]): Promise<QuotedLine[]> {
    const verdict = await this.stock.reserve(tx, mergeLines(wanted));
    const lines: QuotedLine[] = verdict.lines.map((line) => ({ ...line }));
    const refusal = refuseQuote(verdict.reserved, lines);
    if (refusal) throw refusalProblem(refusal, lines);
    if (!isPayable(lines)) throw HttpProblems.validation_failed('The total cannot be paid at once.', { errors: [{ pointer: '/items', message: 'the total is zero or too large' }] });
    return lines;
  }
}

/** @param paymentId undefined when the payment that held the reference has failed since: then nobody has paid, and the key must stay free */
function takenReference(paymentId: string | undefined): Problem {
  if (paymentId === undefined) return HttpProblems.unavailable('An earlier payment of this order has failed just now.', { retryAfterSeconds: REFERENCE_FREED_RETRY_SECONDS });
  return PaymentProblems.already_paid('A payment with this reference is there already.', { extensions: { paymentId } });
}

function refusalProblem(refusal: NonNullable<ReturnType<typeof refuseQuote>>, lines: readonly QuotedLine[]): Problem {
  const missing = lines.filter((line) => !line.found).map(({ itemId, quantity }) => ({ itemId, quantity }));
  if (refusal === 'item_unavailable') return PaymentProblems.item_unavailable('An item of the order is not in the catalog.', { extensions: { lines: missing } });
  if (refusal === 'mixed_currencies') return PaymentProblems.mixed_currencies('The items have prices in different currencies.', { errors: [{ pointer: '/items', message: 'must have one currency' }] });
  const current = lines.map(({ itemId, sku, title, quantity, unitPriceMinor, currency, available }) => ({ itemId, sku, title, quantity, unitPrice: toMoneyDto(unitPriceMinor, currency), available }));
  if (refusal === 'price_changed') return PaymentProblems.price_changed('A price is not the one that was expected.', { extensions: { lines: current } });
  const short = current.filter((_, index) => lines[index]?.short);
  return PaymentProblems.insufficient_stock('There is less in stock than the order wants.', { extensions: { lines: short } });
}
