import { collectDefaultMetrics } from 'prom-client';
import { counter, gauge, histogram, registry } from './metric-factories.js';

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

/** Metrics of the process, its HTTP server and its database pools; capabilities and contexts define their own. */
export const metrics = {
  httpRequests: counter('bulwark_http_requests_total', 'Requests answered.', ['module', 'kind', 'status']),
  httpDuration: histogram('bulwark_http_request_duration_seconds', 'Time to answer.', ['module', 'kind']),
  shed: counter('bulwark_shed_total', 'Requests refused for overload.', ['class']),
  dbQueries: counter('bulwark_db_queries_total', 'Statements sent.', ['module', 'target']),
  dbPoolWait: histogram('bulwark_db_pool_wait_seconds', 'Waits for a connection of a pool, served or refused.', [
    'target',
    'context',
    'server',
  ]),
  replicaLagSeconds: gauge('bulwark_replica_lag_seconds', 'How far a replica is behind.', ['replica'], 'max'),
  protectionEnabled: gauge(
    'bulwark_protection_enabled',
    '1 where a protection is the one of the product, 0 where a drill has replaced it.',
    ['name'],
    'min',
  ),

  /** Names the source of the pool figures; they are read when metrics are scraped. */
  watchPools(read: () => PoolFigures[]): void {
    readPools = read;
  },
};

const scrapeCallbacks: (() => void)[] = [];

/** Calls back before the metrics are read, so that plain counters can be added to them. */
export function beforeScrape(callback: () => void): void {
  scrapeCallbacks.push(callback);
}

/** Updates every metric that is not counted as it happens; called before the metrics are read. */
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
