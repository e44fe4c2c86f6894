import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../app.module.js';
import { loadConfig } from '../../platform/config/index.js';
import { FrameworkLogger } from '../../platform/http/index.js';
import { logger } from '../../platform/observability/index.js';

/**
 * Runs the work of a command inside the application. Logs stay silent, so that a command's output is its answer: what
 * goes wrong is thrown.
 * @throws ConfigurationError before anything is started; what the application or the work throws
 */
export async function withApp<T>(work: (app: INestApplicationContext) => Promise<T>): Promise<T> {
  loadConfig();
  logger.level = 'silent';
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: new FrameworkLogger(),
    abortOnError: false,
  });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
