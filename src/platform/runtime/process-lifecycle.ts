import { logger } from '../observability/index.js';

/** The exit code when a restart cannot help (sysexits EX_CONFIG); the cluster primary then ends too. */
export const EXIT_CONFIGURATION = 78;
/** The exit code when a restart may help: a dependency was not there yet (EX_TEMPFAIL). */
export const EXIT_TEMPORARY = 75;
/** In-flight work gets this long after SIGTERM; an orchestrator usually kills after 30 s. */
const DRAIN_MAX_MS = 20_000;

const TEMPORARY_CODES = /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|57P0\d|53\d{3}|08\w{3})$/;

/** Calls `drain` once on the first SIGTERM or SIGINT, ends the process after it, and cuts it off when it hangs. */
export function drainOnSignal(drain: () => Promise<void>): void {
  let draining = false;
  const onSignal = (): void => {
    if (draining) return;
    draining = true;
    setTimeout(() => process.exit(1), DRAIN_MAX_MS).unref();
    drain().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ error }, 'The process did not end cleanly.');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // The cluster primary has died: no other process would stop this one.
  process.on('disconnect', onSignal);
}

/** Ends a process whose start failed, with a code that says whether trying again may help. */
export function failStart(error: unknown): never {
  const code = String((error as { code?: unknown }).code ?? '');
  logger.error({ error }, 'The process could not start.');
  process.exit(
    TEMPORARY_CODES.test(code) || /timeout exceeded|Connection terminated/.test(String((error as Error).message))
      ? EXIT_TEMPORARY
      : EXIT_CONFIGURATION,
  );
}
