import { days, type TableRetention } from '../../../platform/retention/index.js';

const RECORD = 'What was charged and given back: customers, auditors and the ledger rely on it.';
const WITH_ITS_END = 'Deleted in the transaction that ends the operation.';

/** How long the rows of this schema stay. */
export const paymentsRetention: Readonly<Record<string, TableRetention>> = {
  payments: { keptForGood: RECORD },
  payment_lines: { keptForGood: RECORD },
  refunds: { keptForGood: RECORD },
  ledger_transactions: { keptForGood: 'Append-only (ADR 004).' },
  ledger_entries: { keptForGood: 'Append-only (ADR 004).' },
  sales_per_day: { keptForGood: 'A few rows a day.' },
  pending_payments: { endsOtherwise: WITH_ITS_END },
  pending_refunds: { endsOtherwise: WITH_ITS_END },
  orphan_checks: { endsOtherwise: WITH_ITS_END },
  provider_events: {
    deletes: [
      {
        endedAt: 'received_at',
        keptSeconds: days(30),
        because: 'Longer than the provider repeats an event, and than an operator replays one by hand.',
      },
    ],
  },
};
