import { DiscoveryService } from '@nestjs/core';

/** Work that goes on in the background for as long as the worker process lives. */
export interface BackgroundTask {
  /** Begins the work and returns; the work itself must survive failures of what it depends on. */
  start(): void | Promise<void>;
  /** Finishes what is under way, within a bound of its own. */
  stop(): void | Promise<void>;
}

/** Marks a provider that is started in the worker process and nowhere else. */
export const RunsInWorker = DiscoveryService.createDecorator<void>();
