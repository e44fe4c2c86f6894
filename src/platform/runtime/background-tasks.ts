import type { INestApplicationContext } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { RunsInWorker, type BackgroundTask } from '../background/index.js';
import { logger } from '../observability/index.js';

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
