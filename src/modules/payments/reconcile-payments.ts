import { Inject, Injectable } from '@nestjs/common';
import { compareBooks, type ChargeRecord, type PostedCash } from './domain/reconciliation.js';
import { PAYMENT_GATEWAY, type ChargeQuery, type Deadline, type PaymentGateway } from './gateway/payment-gateway.js';
import type { ReconciliationDto } from './http/finance.dto.js';
import { refusePeriod } from './http/list-query.dto.js';
import { providerUnavailable } from './payment-answers.js';
import { Ledger } from './persistence/ledger.js';

const DAYS_MAX = 31;
const DAY_MS = 86_400_000;
/** A payment that was in doubt may have been captured this long after the provider first heard of it. */
const MARGIN_MS = 2 * DAY_MS;
/** A report that needs more pages than this is for a shorter period. */
const PAGES_MAX = 200;
const LEDGER_BATCH = 1_000;
const CAPTURED_MAX = 20_000;
/** Payments that the provider's list did not have are asked for one by one, so many at most. */
const LOOKED_UP_MAX = 100;
const PATIENCE_MS = 25_000;

/** Lays the ledger beside the provider's own record; what differs is for a person to look at. */
@Injectable()
export class ReconcilePayments {
  constructor(
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly ledger: Ledger,
  ) {}

  /**
   * @param from the first day, UTC; `to` is the last, included
   * @throws Problem `validation_failed`, or `payment_provider_unavailable` when the provider does not tell what it has
   */
  async execute(from: string, to: string): Promise<ReconciliationDto> {
    refusePeriod(from, to, DAYS_MAX);
    const [begin, end] = [new Date(from), new Date(Date.parse(to) + DAY_MS)];
    const deadline = Date.now() + PATIENCE_MS;
    const known = await this.chargesOf({ from: new Date(begin.getTime() - MARGIN_MS), to: end }, deadline);
    const captured = await this.ledger.capturedBetween(begin, end, CAPTURED_MAX);
    const listed = new Set(known.charges.map(({ paymentId }) => paymentId));
    const unlisted = captured.filter((id) => !listed.has(id));
    const found = await Promise.all(
      unlisted.slice(0, LOOKED_UP_MAX).map((paymentId) => this.chargesOf({ paymentId }, deadline)),
    );
    const wanted = new Set([
      ...captured,
      ...known.charges.filter(({ createdAt }) => createdAt >= begin).map(({ paymentId }) => paymentId),
    ]);
    const charges = [...known.charges, ...found.flatMap((one) => one.charges)].filter(({ paymentId }) =>
      wanted.has(paymentId),
    );
    const differences = compareBooks(charges, await this.cashOf([...wanted]), Date.now());
    return {
      from,
      to,
      compared: charges.length,
      complete: known.isComplete && unlisted.length <= LOOKED_UP_MAX && captured.length < CAPTURED_MAX,
      differences: differences.map(({ paymentId, kind, currency, providerMinor, ledgerMinor, isSettling }) => ({
        paymentId,
        kind,
        provider: { amount: providerMinor, currency },
        ledger: { amount: ledgerMinor, currency },
        settling: isSettling,
      })),
    };
  }

  private async chargesOf(
    query: ChargeQuery,
    deadline: Deadline,
  ): Promise<{ charges: ChargeRecord[]; isComplete: boolean }> {
    const charges: ChargeRecord[] = [];
    let after: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const answer = await this.gateway.charges(query, after, deadline);
      if (answer === undefined) throw providerUnavailable();
      charges.push(...answer.charges);
      after = answer.next;
      if (after === undefined) return { charges, isComplete: true };
    }
    return { charges, isComplete: false };
  }

  private async cashOf(paymentIds: readonly string[]): Promise<PostedCash[]> {
    const posted: PostedCash[] = [];
    for (let begin = 0; begin < paymentIds.length; begin += LEDGER_BATCH)
      posted.push(...(await this.ledger.cashOf(paymentIds.slice(begin, begin + LEDGER_BATCH))));
    return posted;
  }
}
