import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { loadConfig, type Config } from './platform/config/index.js';
import { FrameworkLogger } from './platform/http/index.js';
import { collectRuntimeMetrics, HealthChecks, logger } from './platform/observability/index.js';
import { drainOnSignal, failStart, reportReady, serveStatus, startBackgroundTasks } from './platform/runtime/index.js';

/** The background process: relays the outbox, consumes queues, repairs what crashed. */
async function work(config: Config): Promise<void> {
  logger.level = config.logLevel;
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: new FrameworkLogger(),
    abortOnError: false,
  });
  let ready = false;
  collectRuntimeMetrics();
  const health = app.get(HealthChecks, { strict: false });
  serveStatus(
    () => ready,
    () => health.run(),
  );
  const stopTasks = await startBackgroundTasks(app);
  drainOnSignal(async () => {
    ready = false;
    await stopTasks();
    await app.close();
  });
  ready = true;
  reportReady(null);
}

const config = loadConfig();
await work(config).catch((error: unknown) => failStart(error, config));
