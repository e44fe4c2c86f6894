import { gauge } from '../observability/index.js';

/** What the outbox measures: its backlog, its queues and its partitions. */
export const outboxMetrics = {
  pending: gauge('bulwark_outbox_pending', 'Events not yet handed to the queue.', [], 'max'),
  oldestSeconds: gauge(
    'bulwark_outbox_oldest_seconds',
    'Age of the oldest event not yet handed to the queue.',
    [],
    'max',
  ),
  queueJobs: gauge('bulwark_queue_jobs', 'Jobs in a queue by state.', ['queue', 'state'], 'max'),
  partitionsAheadSeconds: gauge(
    'bulwark_partitions_ahead_seconds',
    'For how long from now a table partitioned by time has partitions.',
    ['table'],
    'max',
  ),
  partitionsOverdue: gauge(
    'bulwark_partitions_overdue',
    'Partitions past their time that an incomplete event holds.',
    ['table'],
    'max',
  ),
};
