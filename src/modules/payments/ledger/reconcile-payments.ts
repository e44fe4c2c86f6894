import { Inject, Injectable } from '@nestjs/common';
import {
  compareWithProvider,
  type ChargeRecord,
  type PostedCash,
  type Reconciliation,
} from '../domain/reconciliation.js';
import { PAYMENT_GATEWAY, type ChargeQuery, type Deadline, type PaymentGateway } from '../gateway/payment-gateway.js';
import { providerUnavailable } from '../payments.problems.js';
import { Ledger } from '../persistence/ledger.js';
import { refusePeriod } from './report-period.js';

const DAYS_MAX = 31;
const DAY_MS = 86_400_000;
/** A payment whose outcome was unknown may have been captured this long after its charge was created. */
const MARGIN_MS = 2 * DAY_MS;
/** A report that needs more pages than this is for a shorter period. */
const PAGES_MAX = 200;
const LEDGER_BATCH = 1_000;
const CAPTURED_MAX = 20_000;
/** How many payments that are missing in the provider's list are searched for one by one, at most. */
const SEARCHED_MAX = 100;
const TIMEOUT_MS = 25_000;

/** Compares the ledger with the provider's own record; a person examines what differs. */
@Injectable()
export class ReconcilePayments {
  constructor(
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly ledger: Ledger,
  ) {}

  /**
   * @param period days in UTC, both included
   * @throws Problem `validation_failed`, or `payment_provider_unavailable` when the provider does not list its charges
   */
  async execute({ from, to }: { from: string; to: string }): Promise<Reconciliation> {
    refusePeriod(from, to, DAYS_MAX);
    const [begin, end] = [new Date(from), new Date(Date.parse(to) + DAY_MS)];
    const deadline = Date.now() + TIMEOUT_MS;
    const listed = await this.chargesOf({ from: new Date(begin.getTime() - MARGIN_MS), to: end }, deadline);
    const captured = await this.ledger.capturedBetween(begin, end, CAPTURED_MAX);
    const listedIds = new Set(listed.charges.map(({ paymentId }) => paymentId));
    const unlisted = captured.filter((id) => !listedIds.has(id));
    const found = await Promise.all(
      unlisted.slice(0, SEARCHED_MAX).map((paymentId) => this.chargesOf({ paymentId }, deadline)),
    );
    const wanted = new Set([
      ...captured,
      ...listed.charges.filter(({ createdAt }) => createdAt >= begin).map(({ paymentId }) => paymentId),
    ]);
    const charges = [...listed.charges, ...found.flatMap((one) => one.charges)].filter(({ paymentId }) =>
      wanted.has(paymentId),
    );
    const differences = compareWithProvider(charges, await this.cashOf([...wanted]), Date.now());
    return {
      from,
      to,
      compared: charges.length,
      isComplete: listed.isComplete && unlisted.length <= SEARCHED_MAX && captured.length < CAPTURED_MAX,
      differences,
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
