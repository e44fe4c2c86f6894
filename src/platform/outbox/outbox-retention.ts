import { days, type TableRetention } from '../retention/index.js';

/**
 * How long events and what was consumed stay. Partitions go as a whole (ADR 017); what no partition took lies in the
 * default one and goes row by row, by the same terms.
 */
export const outboxRetention: Readonly<Record<string, TableRetention>> = {
  outbox: { endsOtherwise: 'PartitionKeeper drops a partition a day after all its events are completed.' },
  inbox: { endsOtherwise: 'PartitionKeeper drops a partition when none of its events can come again.' },
  outbox_default: {
    deletes: [
      {
        endedAt: 'published_at',
        where: 'completed_at IS NOT NULL',
        keptSeconds: days(1),
        because: 'For operators who look what happened.',
      },
    ],
  },
  inbox_default: {
    deletes: [
      {
        endedAt: 'consumed_at',
        // As a value and not as a join, so that each lookup opens the one partition of its event.
        where: '(SELECT true FROM platform.outbox WHERE id = event_id) IS NULL',
        keptSeconds: days(30),
        because: 'Longer than any retry, and longer than an operator would replay a queue by hand.',
      },
    ],
  },
  relay_lease: { keptForGood: 'One row, taken over by the next relay.' },
};
