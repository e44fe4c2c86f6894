import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AggregatorRegistry } from 'prom-client';
import type { Config } from '../config/index.js';
import { logger, registry, type DependencyHealth } from '../observability/index.js';
import type { ProcessReport } from './process-link.js';

/** What the ops port shows of the processes. */
export interface FleetReports {
  isReady(): boolean;
  /** One report a process; undefined for one that does not answer. */
  reports(): Promise<(ProcessReport | undefined)[]>;
}

type Answer = { status: number; type: string; body: string };

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Serves health and metrics for the whole instance on a port of its own, which binds loopback unless OPS_HOST says
 * otherwise: nothing of it is reachable on the public port.
 */
export async function serveOps(config: Config, fleet: FleetReports): Promise<Server> {
  const server = createServer((request, response) => void answer(request, response, fleet));
  server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.http.opsPort, config.http.opsHost, resolve);
  });
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, fleet: FleetReports): Promise<void> {
  try {
    const { status, type, body } = await route(request, fleet);
    response
      .writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      .end(body);
  } catch (error) {
    logger.error({ error }, 'The ops port could not answer.');
    response.writeHead(500, { 'content-type': JSON_TYPE }).end('{"status":"error"}');
  }
}

async function route(request: IncomingMessage, fleet: FleetReports): Promise<Answer> {
  const path = (request.url ?? '').split('?')[0];
  if (request.method !== 'GET') return { status: 405, type: JSON_TYPE, body: '{"status":"method not allowed"}' };
  if (path === '/health/live') return { status: 200, type: JSON_TYPE, body: '{"status":"live"}' };
  if (path === '/health/ready') return readiness(fleet);
  if (path === '/metrics') return metrics(fleet);
  return { status: 404, type: JSON_TYPE, body: '{"status":"not found"}' };
}

async function readiness(fleet: FleetReports): Promise<Answer> {
  const reports = await fleet.reports();
  const dependencies = worstOf(reports);
  const criticalDown = Object.values(dependencies).some(
    (dependency) => dependency.critical && dependency.status === 'down',
  );
  const ready = fleet.isReady() && !criticalDown && reports.every((report) => report?.ready);
  const processes = { expected: reports.length, ready: reports.filter((report) => report?.ready).length };
  return {
    status: ready ? 200 : 503,
    type: JSON_TYPE,
    body: JSON.stringify({ status: ready ? 'ready' : 'not ready', processes, dependencies }),
  };
}

/** A dependency is as healthy as the process that sees it worst. */
function worstOf(reports: readonly (ProcessReport | undefined)[]): Record<string, DependencyHealth> {
  const worst: Record<string, DependencyHealth> = {};
  for (const report of reports) {
    for (const [name, health] of Object.entries(report?.dependencies ?? {})) {
      if (!worst[name] || health.status === 'down') worst[name] = health;
    }
  }
  return worst;
}

async function metrics(fleet: FleetReports): Promise<Answer> {
  const reports = (await fleet.reports()).filter((report) => report !== undefined);
  const own = (await registry.getMetricsAsJSON()) as ProcessReport['metrics'];
  const aggregate = AggregatorRegistry.aggregate([own, ...reports.map((report) => report.metrics)]);
  return { status: 200, type: aggregate.contentType, body: await aggregate.metrics() };
}
