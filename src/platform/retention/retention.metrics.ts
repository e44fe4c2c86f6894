import { counter, gauge } from '../observability/index.js';

/** What the deletion of old rows is measured by. */
export const retentionMetrics = {
  deleted: counter('bulwark_retention_deleted_rows_total', 'Rows deleted after their retention, by table.', ['table']),
  overdueSeconds: gauge(
    'bulwark_retention_overdue_seconds',
    'How long the oldest row of a table has outlived its retention; 0 when none has.',
    ['table'],
    'max',
  ),
};
