import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { refreshMetrics, registry, type DependencyHealth } from '../observability/index.js';

/** What one process reports to the cluster primary when asked. */
export interface ProcessReport {
  ready: boolean;
  dependencies: Record<string, DependencyHealth>;
  metrics: MetricObjectWithValues<MetricValue<string>>[];
}

/** Messages between the cluster primary and its processes. */
export type FleetMessage =
  | { type: 'ready'; port: number | null }
  | { type: 'wrong-variables'; problems: string[] }
  | { type: 'report-wanted'; id: number }
  | { type: 'report'; id: number; report: ProcessReport };

/**
 * Answers the cluster primary's questions about this process. Without a primary it does nothing.
 * @param isReady whether the process takes work
 * @param checkDependencies the state of each dependency
 */
export function serveStatus(
  isReady: () => boolean,
  checkDependencies: () => Promise<Record<string, DependencyHealth>>,
): void {
  process.on('message', (message: FleetMessage) => {
    if (message?.type !== 'report-wanted') return;
    void report(message.id, isReady, checkDependencies);
  });
}

/** Reports to the cluster primary that this process takes work. */
export function reportReady(port: number | null): void {
  send({ type: 'ready', port });
}

/** Reports to the cluster primary why no process can start; resolves once the message has left. */
export async function reportWrongVariables(problems: string[]): Promise<void> {
  await new Promise<void>((resolve) => send({ type: 'wrong-variables', problems }, resolve));
}

async function report(
  id: number,
  isReady: () => boolean,
  checkDependencies: () => Promise<Record<string, DependencyHealth>>,
): Promise<void> {
  refreshMetrics();
  const [dependencies, metrics] = await Promise.all([checkDependencies(), registry.getMetricsAsJSON()]);
  send({
    type: 'report',
    id,
    report: { ready: isReady(), dependencies, metrics: metrics as ProcessReport['metrics'] },
  });
}

function send(message: FleetMessage, sent: () => void = () => undefined): void {
  // Without a primary there is no receiver; this process ends by itself when the channel closes.
  if (process.connected) process.send?.(message, undefined, undefined, () => sent());
  else sent();
}
