import { setTimeout as sleep } from 'node:timers/promises';

export interface BatchBounds {
  /** The size of a full batch. */
  readonly batchMax: number;
  /** The rest waits for the next run. */
  readonly batchesMax: number;
  readonly signal: AbortSignal;
  /** Between two batches, so that their statements do not come in one burst. */
  readonly pauseMs?: number;
}

/** Repeats a batch while it comes back full, until the signal is aborted. @param batch returns how many it took */
export async function inBatches(
  batch: () => Promise<number>,
  { batchMax, batchesMax, signal, pauseMs = 0 }: BatchBounds,
): Promise<void> {
  for (let done = 0; done < batchesMax && !signal.aborted; done++) {
    if ((await batch()) < batchMax) return;
    if (pauseMs > 0 && !signal.aborted) await sleep(pauseMs);
  }
}
