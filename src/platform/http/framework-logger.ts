import type { LoggerService } from '@nestjs/common';
import { logger } from '../observability/index.js';

/** Writes the framework's log into ours; its start-up lines only at debug level. */
export class FrameworkLogger implements LoggerService {
  log(message: unknown): void {
    logger.debug({ framework: String(message) }, 'Framework message.');
  }

  warn(message: unknown): void {
    logger.warn({ framework: String(message) }, 'Framework warning.');
  }

  error(message: unknown, ...rest: unknown[]): void {
    const error = [message, ...rest].find((part) => part instanceof Error);
    logger.error({ framework: String(message), error }, 'Framework error.');
  }
}
