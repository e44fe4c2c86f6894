/** The work took longer than its caller waits. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';
}

/** A promise, or what begins it. */
export type Work<T> = Promise<T> | (() => Promise<T>);

const LATE = Symbol('late');

/**
 * The outcome of the work, unless it takes longer than `timeoutMs`. The work goes on then, and its end is ignored.
 * @throws DeadlineExceededError with the message when it is late; else what the work throws
 */
export async function withDeadline<T>(
  work: Work<T>,
  timeoutMs: number,
  message = `No answer within ${timeoutMs} ms.`,
): Promise<T> {
  const outcome = await race(work, timeoutMs);
  if (outcome === LATE) throw new DeadlineExceededError(message);
  return outcome;
}

/**
 * The same for a caller that has another way to go on.
 * @returns `late` when the work takes longer than `timeoutMs`
 * @throws what the work throws in time
 */
export async function resultOrLate<T, Late>(work: Work<T>, timeoutMs: number, late: Late): Promise<T | Late> {
  const outcome = await race(work, timeoutMs);
  return outcome === LATE ? late : outcome;
}

/**
 * A process that was busy itself finds its timers due before it has read what came meanwhile: it reads first, or every
 * stall of its own would look like a silent server.
 */
async function race<T>(work: Work<T>, timeoutMs: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => setImmediate(() => setImmediate(() => resolve(LATE))), timeoutMs);
  });
  try {
    return await Promise.race([typeof work === 'function' ? work() : work, late]);
  } finally {
    clearTimeout(timer);
  }
}
