import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { FrameworkLogger } from '../platform/http/index.js';
import { logger } from '../platform/observability/index.js';

/**
 * Runs a command inside the application and ends the process: prints the line that the command answers, or the
 * message of what it throws with exit code 1. Logs stay quiet, so that a command's output is its answer.
 */
export function runInApp(command: (app: INestApplicationContext) => Promise<string>): void {
  logger.level = 'error';
  withApp(command).then(
    (answer) => {
      process.stdout.write(`${answer}\n`);
      process.exit(0);
    },
    (error: unknown) => {
      process.stderr.write(`${(error as Error).message}\n`);
      process.exit(1);
    },
  );
}

async function withApp(command: (app: INestApplicationContext) => Promise<string>): Promise<string> {
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: new FrameworkLogger(),
    abortOnError: false,
  });
  try {
    return await command(app);
  } finally {
    await app.close();
  }
}
