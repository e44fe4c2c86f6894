import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError, loadConfig } from '../platform/config/index.js';
import { runMigrations, MigrationRefusedError, type MigrationRun } from '../platform/database/index.js';

const MIGRATIONS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'migrations');

/** Brings the database up to this build's schema and functions; safe to run from several instances at once. */
async function main(): Promise<void> {
  process.stdout.write(`${report(await runMigrations(loadConfig(), MIGRATIONS))}\n`);
}

function report({ migrations, functions, isOlderBuild }: MigrationRun): string {
  const lines = [
    ...(migrations.length > 0 ? [`Ran ${migrations.length} migration(s): ${migrations.join(', ')}`] : []),
    ...(functions.length > 0 ? [`Applied ${functions.length} function(s): ${functions.join(', ')}`] : []),
    ...(isOlderBuild ? ['A newer build has migrated this database: its functions stay as they are.'] : []),
  ];
  return lines.length > 0 ? lines.join('\n') : 'The schema is up to date.';
}

main().catch((error: unknown) => {
  const text =
    error instanceof ConfigurationError || error instanceof MigrationRefusedError
      ? error.message
      : `The migration failed: ${(error as Error).stack ?? String(error)}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
