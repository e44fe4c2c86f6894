import type { LoggerService } from '@nestjs/common';
import { logger } from '../observability/index.js';

/** Sends what the framework says into our own log; its start-up chatter only when debugging. */
export class FrameworkLogger implements LoggerService {
  log(message: unknown): void {
    logger.debug({ framework: String(message) }, 'The framework says.');
  }

  warn(message: unknown): void {
    logger.warn({ framework: String(message) }, 'The framework warns.');
  }

  error(message: unknown, ...rest: unknown[]): void {
    const error = [message, ...rest].find((part) => part instanceof Error);
    logger.error({ framework: String(message), error }, 'The framework failed.');
  }
}
