import type { INestApplicationContext } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { logger } from '../observability/index.js';

/** Work that goes on in the background for as long as the worker process lives. */
export interface BackgroundTask {
  /** Begins the work and returns; the work itself must survive failures of what it depends on. */
  start(): void | Promise<void>;
  /** Finishes what is under way, within a bound of its own. */
  stop(): void | Promise<void>;
}

/** {@link RunsInWorker}: the provider is started in the worker process and nowhere else. */
export const RunsInWorker = DiscoveryService.createDecorator<void>();

/**
 * Starts every provider that is marked with {@link RunsInWorker}.
 * @returns a function that stops them all
 */
export async function startBackgroundTasks(app: INestApplicationContext): Promise<() => Promise<void>> {
  const discovery = app.get(DiscoveryService, { strict: false });
  const tasks = discovery
    .getProviders({ metadataKey: RunsInWorker.KEY })
    .map((wrapper) => wrapper.instance as BackgroundTask);
  for (const task of tasks) await task.start();
  logger.info({ tasks: tasks.map((task) => task.constructor.name) }, 'The background tasks run.');
  return async () => {
    const results = await Promise.allSettled(tasks.map(async (task) => task.stop()));
    for (const result of results)
      if (result.status === 'rejected')
        logger.error({ error: result.reason as unknown }, 'A background task did not stop cleanly.');
  };
}
