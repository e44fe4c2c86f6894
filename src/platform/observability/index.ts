/** Observability: structured logs without secrets, metrics by the contract's names, health per dependency. */
export { logger, redactText } from './logger.js';
export { requestContext, type RequestContext } from './request-context.js';
export { counter, gauge, histogram, registry } from './metric-factories.js';
export { beforeScrape, collectRuntimeMetrics, metrics, refreshMetrics, type PoolFigures } from './metrics.js';
export { HealthChecks, ObservabilityModule, type DependencyHealth } from './health.js';
