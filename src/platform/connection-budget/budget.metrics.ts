import { counter, gauge } from '../observability/index.js';

/** What the connection budget and the pooler measure. */
export const budgetMetrics = {
  connections: gauge(
    'bulwark_connection_budget_connections',
    'Connections that may be opened, by this instance and by all live ones.',
    ['of', 'target'],
    'max',
  ),
  instances: gauge('bulwark_connection_budget_instances', 'Instances with a live lease.', [], 'max'),
  limit: gauge(
    'bulwark_connection_budget_limit',
    'What bounds them: the budget, the clients of the pooler, the connections of the database.',
    ['of'],
    'max',
  ),
  usedRatio: gauge(
    'bulwark_connection_budget_used_ratio',
    'Of the tightest limit; beyond 1 no instance starts.',
    [],
    'max',
  ),
  leaseHeld: gauge(
    'bulwark_connection_budget_lease_held',
    '1 while this instance is counted; 0 when its lease could not be renewed.',
    [],
    'max',
  ),
  poolerClients: gauge(
    'bulwark_pooler_clients',
    'Client connections of the pooler by state.',
    ['database', 'state'],
    'max',
  ),
  poolerServers: gauge(
    'bulwark_pooler_servers',
    'Server connections of the pooler by state.',
    ['database', 'state'],
    'max',
  ),
  poolerWaitSeconds: gauge(
    'bulwark_pooler_wait_seconds',
    'How long the client waits that has waited longest for a server connection.',
    ['database'],
    'max',
  ),
  poolerWaitedSeconds: counter(
    'bulwark_pooler_waited_seconds_total',
    'What clients have waited for server connections, added up.',
    ['database'],
  ),
  poolerUp: gauge('bulwark_pooler_up', '1 while the console of the pooler answers.', [], 'max'),
};
