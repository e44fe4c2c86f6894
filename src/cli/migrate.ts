import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError, loadConfig } from '../platform/config/index.js';
import { runMigrations } from '../platform/database/index.js';

const MIGRATIONS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'migrations');

/** Brings the database up to this build's schema; safe to run from several instances at once. */
async function main(): Promise<void> {
  const ran = await runMigrations(loadConfig(), MIGRATIONS);
  process.stdout.write(
    ran.length === 0 ? 'The schema is up to date.\n' : `Ran ${ran.length} migration(s): ${ran.join(', ')}\n`,
  );
}

main().catch((error: unknown) => {
  const text =
    error instanceof ConfigurationError
      ? error.message
      : `The migration failed: ${(error as Error).stack ?? String(error)}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
