import type { ServiceProcess } from '../embedded/service-process.js';
import { Backoff } from './backoff.js';

export interface KeepRunningOptions {
  /** Aborted once the end begins: nothing is restarted from then on. */
  readonly ending: AbortSignal;
  readonly say: (text: string) => void;
  /** Called whenever process ids changed. */
  readonly changed: () => void;
}

/** Restarts a service that ends by itself, on its port, with growing pauses. */
export function keepRunning(service: ServiceProcess, options: KeepRunningOptions): void {
  const backoff = new Backoff();
  backoff.started();
  service.onUnexpectedExit(() => void restart(service, backoff, options));
}

async function restart(
  service: ServiceProcess,
  backoff: Backoff,
  { ending, say, changed }: KeepRunningOptions,
): Promise<void> {
  if (ending.aborted) return;
  say(`${service.name} ended unexpectedly; starting it again.`);
  changed();
  while (!ending.aborted) {
    await backoff.pause(ending);
    if (ending.aborted) return;
    try {
      await service.start();
      backoff.started();
      say(`${service.name} is back.`);
      return changed();
    } catch (error) {
      say(`${service.name} does not start: ${(error as Error).message}`);
    }
  }
}
