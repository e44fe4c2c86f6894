import { counter, gauge, histogram } from '../observability/index.js';

/** What the caches count and measure. */
export const cacheMetrics = {
  requests: counter('bulwark_cache_requests_total', 'Reads of a layer of a cache, by outcome.', [
    'cache',
    'layer',
    'result',
  ]),
  loads: counter('bulwark_cache_loads_total', 'Times the origin was asked for an entry.', ['cache']),
  coalesced: counter('bulwark_cache_coalesced_total', 'Reads that joined a load in flight in their process.', [
    'cache',
  ]),
  served: counter('bulwark_cache_served_total', 'Answers given from a cache, whatever the layer.', ['cache']),
  servedAge: counter(
    'bulwark_cache_served_age_seconds_total',
    'Ages of the answers given, added up; by bulwark_cache_served_total this is the mean age.',
    ['cache'],
  ),
  lockWait: histogram('bulwark_cache_lock_wait_seconds', 'Waits for another process to load an entry.', ['cache']),
  memoryBytes: gauge('bulwark_cache_memory_bytes', 'What the memory layer holds.', []),
  memoryEntries: gauge('bulwark_cache_memory_entries', 'Entries in the memory layer.', []),
  hotKeyHits: gauge(
    'bulwark_cache_hot_key_hits',
    'Hits of the hottest entries, with what protects them from a stampede.',
    ['cache', 'key', 'protection'],
  ),
  invalidationLagSeconds: gauge(
    'bulwark_cache_invalidation_lag_seconds',
    'How far this process is behind the invalidation log; while it grows, entries age by the clock.',
    [],
    'max',
  ),
};
