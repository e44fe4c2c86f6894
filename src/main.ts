import 'reflect-metadata';
import cluster from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ConfigurationError, loadConfig, type Config } from './platform/config/index.js';
import { collectRuntimeMetrics, HealthChecks, logger } from './platform/observability/index.js';
import {
  drainOnSignal,
  EXIT_CONFIGURATION,
  failStart,
  reportReady,
  runClusterPrimary,
  serveStatus,
} from './platform/runtime/index.js';

/** How often a draining process closes the connections that fell idle since. */
const IDLE_SWEEP_MS = 100;

/** The HTTP process; its first copy is the cluster primary, which forks the others and serves the ops port. */
async function main(): Promise<void> {
  const config = readConfig();
  logger.level = config.logLevel;
  if (cluster.isPrimary) {
    await runClusterPrimary(config, { web: scriptPath('main.js'), worker: scriptPath('worker.js') });
  } else {
    await serve(config).catch((error: unknown) => failStart(error, config));
  }
}

function scriptPath(name: string): string {
  return join(import.meta.dirname, name);
}

function readConfig(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIGURATION);
  }
}

async function serve(config: Config): Promise<void> {
  const [{ AppModule }, { createHttpApp }] = await Promise.all([
    import('./app.module.js'),
    import('./platform/http/index.js'),
  ]);
  const app = await createHttpApp(AppModule, config);
  let ready = false;
  collectRuntimeMetrics();
  const health = app.get(HealthChecks, { strict: false });
  serveStatus(
    () => ready,
    () => health.run(),
  );
  drainOnSignal(async () => {
    ready = false;
    // A connection that was busy when the server closed stays open after its answer, for as long as its client likes.
    const sweep = setInterval(() => app.getHttpServer().closeIdleConnections(), IDLE_SWEEP_MS);
    await app.close();
    clearInterval(sweep);
  });
  await app.listen(config.http.port, config.http.host);
  ready = true;
  const { port } = app.getHttpServer().address() as AddressInfo;
  logger.info({ port }, 'Serving.');
  reportReady(port);
}

await main();
