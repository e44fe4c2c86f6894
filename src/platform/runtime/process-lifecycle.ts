import type { Config } from '../config/index.js';
import { explainSystemError } from '../machine/index.js';
import { logger } from '../observability/index.js';
import { reportWrongVariables } from './process-link.js';
import { wrongVariables } from './start-refusal.js';

/** The exit code when a restart cannot help (sysexits EX_CONFIG); the cluster primary then ends too. */
export const EXIT_CONFIGURATION = 78;
/** The exit code when a restart may help: a dependency was not there yet (EX_TEMPFAIL). */
export const EXIT_TEMPORARY = 75;
/** In-flight work gets this long after SIGTERM; an orchestrator usually kills after 30 s. */
const DRAIN_MAX_MS = 20_000;

const TEMPORARY_CODES = /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|57P0\d|53\d{3}|08\w{3})$/;

/** Each asks for an end in order; SIGHUP comes when the terminal closes, and to the whole process group. */
export const END_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Calls `drain` once on the first signal to end, ends the process after it, and cuts it off when it hangs. */
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
  for (const signal of END_SIGNALS) process.on(signal, onSignal);
  // The cluster primary has died: no other process would stop this one.
  process.on('disconnect', onSignal);
}

/**
 * Ends a process whose start failed, with a code that says whether trying again may help. Variables that are the reason
 * are reported to the cluster primary, which names them once.
 */
export async function failStart(error: unknown, config: Config): Promise<never> {
  const wrong = await wrongVariables(error, config);
  if (wrong.length > 0) {
    await reportWrongVariables(wrong);
    process.exit(EXIT_CONFIGURATION);
  }
  const code = String((error as { code?: unknown }).code ?? '');
  const isTemporary =
    TEMPORARY_CODES.test(code) || /timeout exceeded|Connection terminated/.test(String((error as Error).message));
  // A dependency that is away is named by its address; of anything else the place in the code matters.
  const why = explainSystemError(error) ?? (isTemporary ? (error as Error).message : undefined);
  logger.error(why === undefined ? { error } : { why }, 'The process could not start.');
  process.exit(isTemporary ? EXIT_TEMPORARY : EXIT_CONFIGURATION);
}
