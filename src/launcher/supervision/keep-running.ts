import type { ServiceProcess } from '../embedded/service-process.js';
import { Backoff } from '../machine/backoff.js';

export interface KeepRunningOptions {
  /** Aborted once the end begins: nothing is restarted from then on. */
  readonly ending: AbortSignal;
  readonly say: (text: string) => void;
  /** Called whenever process ids changed. */
  readonly changed: () => void;
}

/**
 * Restarts a service that ends by itself, on its port, with growing pauses, until it is stopped on purpose.
 * @returns starts one again that has not started for its owner
 */
export function keepRunning(service: ServiceProcess, options: KeepRunningOptions): () => void {
  const backoff = new Backoff();
  backoff.started();
  const keepStarting = () => void restart(service, backoff, options);
  service.onUnexpectedExit(() => {
    if (!options.ending.aborted) options.say(`${service.name} ended unexpectedly; starting it again.`);
    keepStarting();
  });
  return keepStarting;
}

async function restart(
  service: ServiceProcess,
  backoff: Backoff,
  { ending, say, changed }: KeepRunningOptions,
): Promise<void> {
  if (ending.aborted) return;
  changed();
  for (;;) {
    await backoff.pause(ending);
    if (ending.aborted || !service.isWanted) return;
    try {
      await service.start();
      backoff.started();
      say(`${service.name} is back.`);
      return changed();
    } catch (error) {
      if (!service.isWanted) return;
      say(`${service.name} does not start: ${(error as Error).message}`);
    }
  }
}
