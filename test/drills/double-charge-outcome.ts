import { setTimeout as delay } from 'node:timers/promises';
import { sandboxCharges, type SandboxCharge } from '../load/provider-sandbox.js';
import { queryPrimary } from '../load/query-database.js';
import type { Instance } from '../load/spawn-instance.js';
import type { Intent } from './double-charge-scenarios.js';

/** A payment as the product has recorded it. */
export interface RecordedPayment {
  readonly id: string;
  readonly account: string;
  readonly status: string;
  /** What the ledger has in cash for it, in minor units. */
  readonly cash: number;
}

/** What the product and the provider have recorded once everything has ended. */
export interface Outcome {
  readonly payments: readonly RecordedPayment[];
  readonly charges: readonly SandboxCharge[];
  /** Whether no operation was pending any more. */
  readonly finished: boolean;
}

/** One scenario, counted. */
export interface Count {
  readonly scenario: string;
  readonly intents: number;
  readonly sends: number;
  readonly paid: number;
  readonly refused: number;
  readonly unanswered: number;
  /** Charges at the provider; for a refund, how often it was made. */
  readonly effects: number;
  readonly effectsMax: number;
  readonly chargedTwice: number;
  readonly paidButNotCharged: number;
  readonly refusedButCharged: number;
  readonly leftAuthorized: number;
  /** Payments on which the payment row, the ledger and the provider differ. */
  readonly disagreements: number;
}

const FINISH_MAX_MS = 180_000;
const POLL_MS = 500;
/** Each refund of the drill is one minor unit. */
const REFUND_MINOR = 1;

/** Waits until recovery and delivery have nothing left to do, within a bound, and reads the outcome. */
export async function readFinalOutcome(instance: Instance): Promise<Outcome> {
  for (const deadline = Date.now() + FINISH_MAX_MS; ; await delay(POLL_MS)) {
    const outcome = await readOutcome(instance);
    if (outcome.finished || Date.now() > deadline) return outcome;
  }
}

async function readOutcome(instance: Instance): Promise<Outcome> {
  const [charges, payments, [pending]] = await Promise.all([
    sandboxCharges(instance.run.paymentProvider),
    queryPrimary<{ id: string; account: string; status: string; cash: string }>(
      instance,
      `SELECT payment.id, payment.account_id AS account, payment.status,
        COALESCE((SELECT sum(entry.amount_minor) FROM payments.ledger_transactions posted
        JOIN payments.ledger_entries entry ON entry.transaction_id = posted.id
                   WHERE posted.payment_id = payment.id AND entry.account = 'cash'), 0)::text AS cash
      FROM payments.payments payment`,
    ),
    queryPrimary<{ operations: string }>(
      instance,
      `SELECT (SELECT count(*) FROM payments.pending_payments) + (SELECT count(*) FROM payments.pending_refunds)
      + (SELECT count(*) FROM platform.outbox WHERE completed_at IS NULL AND type LIKE 'payments.%'
           AND NOT EXISTS (SELECT FROM payments.ledger_transactions posted WHERE posted.id = outbox.id)
           AND NOT EXISTS (SELECT FROM platform.inbox
           WHERE event_id = outbox.id AND consumer LIKE '%ledger%')) AS operations`,
    ),
  ]);
  const finished = Number(pending?.operations) === 0 && charges.every(({ status }) => status !== 'authorized');
  return { finished, charges, payments: payments.map(({ cash, ...payment }) => ({ ...payment, cash: Number(cash) })) };
}

/**
 * Compares the customers' last answers with what happened to their money. Every customer of the drill wanted one thing
 * once.
 */
export function countScenario(scenario: string, intents: readonly Intent[], { payments, charges }: Outcome): Count {
  const rows = intents.map((intent) => {
    const own = payments.filter(({ account }) => account === intent.accountId);
    const charged = charges.filter(({ payment }) => own.some(({ id }) => id === payment));
    const captured = charged.filter(({ status }) => status === 'captured');
    const refunds = captured.reduce((sum, { refunded }) => sum + refunded / REFUND_MINOR, 0);
    return {
      ...intent,
      // The payment that a refund needs was made without faults; more than one of it would be a second charge all the
      // same.
      effects:
        intent.kind === 'payment' ? captured.length : Math.max(refunds, captured.length > 1 ? captured.length : 0),
      authorized: charged.filter(({ status }) => status === 'authorized').length,
      disagreements: own.filter((payment) => !agrees(payment, charged)).length,
    };
  });
  const count = (condition: (row: (typeof rows)[number]) => boolean): number => rows.filter(condition).length;
  const sum = (value: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row) => total + value(row), 0);
  return {
    scenario,
    intents: rows.length,
    sends: sum(({ sends }) => sends),
    paid: count(({ answer }) => answer === 'paid'),
    refused: count(({ answer }) => answer === 'refused'),
    unanswered: count(({ answer }) => answer === 'nothing'),
    effects: sum(({ effects }) => effects),
    effectsMax: Math.max(0, ...rows.map(({ effects }) => effects)),
    chargedTwice: count(({ effects }) => effects > 1),
    paidButNotCharged: count(({ answer, effects }) => answer === 'paid' && effects === 0),
    refusedButCharged: count(({ answer, effects }) => answer === 'refused' && effects > 0),
    leftAuthorized: sum(({ authorized }) => authorized),
    disagreements: sum(({ disagreements }) => disagreements),
  };
}

/** A captured payment has its charge, and the ledger the cash that the provider holds for us; any other has neither. */
function agrees({ id, status, cash }: RecordedPayment, charged: readonly SandboxCharge[]): boolean {
  const own = charged.filter(({ payment, status: state }) => payment === id && state === 'captured');
  const held = own.reduce((sum, { amount, refunded }) => sum + amount - refunded, 0);
  return held === cash && own.length === (status === 'captured' ? 1 : 0);
}
