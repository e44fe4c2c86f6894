const POLL_EVERY_MS = 50;

/**
 * Asks again until the check passes; the last failure is what the test then reports.
 * @param check throws, or answers undefined or false, while the outcome is not there
 */
export async function eventually<T>(
  check: () => Promise<T> | T,
  withinMs = 60_000,
): Promise<Exclude<T, false | undefined>> {
  const deadline = Date.now() + withinMs;
  let failure: unknown = new Error('The outcome never came.');
  while (Date.now() < deadline) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value as Exclude<T, false | undefined>;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_EVERY_MS);
    });
  }
  throw failure;
}
