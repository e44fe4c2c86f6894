import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Figures of one connection pool at this moment. */
export interface PoolFigures {
  readonly target: 'primary' | 'replica';
  readonly context: string;
  /** Which of the servers, such as `replica-1`. */
  readonly server: string;
  readonly sizeMax: number;
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** This process's metrics; the fleet head adds those of all processes together. */
export const registry = new Registry();

const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
  new Counter({ name, help, labelNames, registers: [registry] });
const gauge = <T extends string>(
  name: string,
  help: string,
  labelNames: readonly T[],
  aggregator: 'sum' | 'max' | 'min' = 'sum',
): Gauge<T> => new Gauge({ name, help, labelNames, registers: [registry], aggregator });

let readPools: () => PoolFigures[] = () => [];
const poolConnections = gauge('bulwark_db_pool_connections', 'Connections of a pool by state.', [
  'target',
  'context',
  'server',
  'state',
]);
const poolSaturation = gauge(
  'bulwark_db_pool_saturation_ratio',
  'Busy connections of a pool, of its size; 1 is saturated.',
  ['target', 'context', 'server'],
  'max',
);

/** Every metric that the contract names (section 8); dashboards and alerts rely on the names. */
export const metrics = {
  httpRequests: counter('bulwark_http_requests_total', 'Requests answered.', ['module', 'kind', 'status']),
  httpDuration: new Histogram({
    name: 'bulwark_http_request_duration_seconds',
    help: 'Time to answer.',
    labelNames: ['module', 'kind'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [registry],
  }),
  dbQueries: counter('bulwark_db_queries_total', 'Statements sent.', ['module', 'target']),
  replicaLagSeconds: gauge('bulwark_replica_lag_seconds', 'How far a replica is behind.', ['replica'], 'max'),
  idempotency: counter('bulwark_idempotency_total', 'Requests with an idempotency key by outcome.', ['outcome']),
  outboxPending: gauge('bulwark_outbox_pending', 'Events not yet handed to the queue.', [], 'max'),
  outboxOldestSeconds: gauge(
    'bulwark_outbox_oldest_seconds',
    'Age of the oldest event not yet handed to the queue.',
    [],
    'max',
  ),
  partitionsAheadSeconds: gauge(
    'bulwark_partitions_ahead_seconds',
    'For how long from now a table partitioned by time has partitions.',
    ['table'],
    'max',
  ),
  partitionsOverdue: gauge(
    'bulwark_partitions_overdue',
    'Partitions past their time that something unsettled holds.',
    ['table'],
    'max',
  ),
  queueJobs: gauge('bulwark_queue_jobs', 'Jobs in a queue by state.', ['queue', 'state'], 'max'),
  paymentsPending: gauge(
    'bulwark_payments_pending',
    'Payments and refunds in flight, and failed payments that are looked at again.',
    ['kind'],
    'max',
  ),
  paymentsOldestPendingSeconds: gauge(
    'bulwark_payments_oldest_pending_seconds',
    'Age of the oldest of them.',
    ['kind'],
    'max',
  ),
  providerEvents: counter('bulwark_provider_events_total', 'Events that the payment provider told us, by outcome.', [
    'outcome',
  ]),
  webhookDeliveries: counter(
    'bulwark_webhook_deliveries_total',
    'Attempts to deliver a webhook to a partner, by outcome.',
    ['outcome'],
  ),
  webhookDeliveriesPending: gauge(
    'bulwark_webhook_deliveries_pending',
    'Webhooks that are neither delivered nor given up.',
    [],
    'max',
  ),
  loginAttempts: counter('bulwark_login_attempts_total', 'Logins by outcome.', ['outcome']),
  throttled: counter('bulwark_throttled_total', 'Requests refused by a limit.', ['layer']),
  cacheRequests: counter('bulwark_cache_requests_total', 'Looks into a layer of a cache, by outcome.', [
    'cache',
    'layer',
    'result',
  ]),
  cacheLoads: counter('bulwark_cache_loads_total', 'Times the origin was asked for an entry.', ['cache']),
  cacheCoalesced: counter(
    'bulwark_cache_coalesced_total',
    'Callers who shared a load that was under way in their process.',
    ['cache'],
  ),
  cacheServed: counter('bulwark_cache_served_total', 'Answers given from a cache, whatever the layer.', ['cache']),
  cacheServedAge: counter(
    'bulwark_cache_served_age_seconds_total',
    'Ages of the answers given, added up; by bulwark_cache_served_total this is the mean age.',
    ['cache'],
  ),
  cacheLockWait: new Histogram({
    name: 'bulwark_cache_lock_wait_seconds',
    help: 'Waits for what another process loads.',
    labelNames: ['cache'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [registry],
  }),
  cacheMemoryBytes: gauge('bulwark_cache_memory_bytes', 'What the memory layer holds.', []),
  cacheMemoryEntries: gauge('bulwark_cache_memory_entries', 'Entries in the memory layer.', []),
  cacheHotKeyHits: gauge(
    'bulwark_cache_hot_key_hits',
    'Hits of the hottest entries, with what protects them from a stampede.',
    ['cache', 'key', 'protection'],
  ),
  cacheInvalidationLagSeconds: gauge(
    'bulwark_cache_invalidation_lag_seconds',
    'How far this process is behind the changes of the catalog; entries grow old by the clock when it grows.',
    [],
    'max',
  ),
  shed: counter('bulwark_shed_total', 'Requests refused for overload.', ['class']),
  defence: gauge('bulwark_protection_enabled', '1 while a defence is on that a drill can switch off.', ['name'], 'min'),
  dbPoolWait: new Histogram({
    name: 'bulwark_db_pool_wait_seconds',
    help: 'Waits for a connection of a pool, served or refused.',
    labelNames: ['target', 'context', 'server'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [registry],
  }),
  budgetConnections: gauge(
    'bulwark_connection_budget_connections',
    'Connections that may be opened, by this instance and by all live ones.',
    ['of', 'target'],
    'max',
  ),
  budgetInstances: gauge('bulwark_connection_budget_instances', 'Instances with a live lease.', [], 'max'),
  budgetLimit: gauge(
    'bulwark_connection_budget_limit',
    'What bounds them: the budget, the clients of the pooler, the connections of the database.',
    ['of'],
    'max',
  ),
  budgetUsedRatio: gauge(
    'bulwark_connection_budget_used_ratio',
    'Of the tightest limit; beyond 1 no instance starts.',
    [],
    'max',
  ),
  budgetLeaseHeld: gauge(
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

  /** Names the source of the pool figures; they are read when metrics are scraped. */
  watchPools(read: () => PoolFigures[]): void {
    readPools = read;
  },
};

const scrapeCallbacks: (() => void)[] = [];

/** Calls back before the metrics are read, so that what is counted elsewhere is in them. */
export function beforeScrape(callback: () => void): void {
  scrapeCallbacks.push(callback);
}

/** Brings everything up to date that is not counted as it happens: called before the metrics are read. */
export function refreshMetrics(): void {
  for (const callback of scrapeCallbacks) callback();
  for (const { target, context, server, sizeMax, total, idle, waiting } of readPools()) {
    const labels = { target, context, server };
    poolConnections.set({ ...labels, state: 'total' }, total);
    poolConnections.set({ ...labels, state: 'idle' }, idle);
    poolConnections.set({ ...labels, state: 'waiting' }, waiting);
    poolSaturation.set(labels, sizeMax === 0 ? 0 : (total - idle) / sizeMax);
  }
}

/** Adds the runtime's own metrics (event-loop delay, heap, handles). */
export function collectRuntimeMetrics(): void {
  collectDefaultMetrics({ register: registry });
}
