import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../platform/config/index.js';
import { runMigrations, type MigrationRun } from '../platform/database/index.js';
import { print, runCommand } from './command/run-command.js';

const MIGRATIONS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'migrations');

runCommand('db:migrate', (command) =>
  command
    .description(
      "Brings the database up to this build's schema and functions, once; safe beside running instances and beside " +
        'another migration.',
    )
    .action(async () => print(report(await runMigrations(loadConfig(), MIGRATIONS)))),
);

function report({ migrations, functions, isOlderBuild }: MigrationRun): string {
  const lines = [
    ...(migrations.length > 0 ? [`Ran ${migrations.length} migration(s): ${migrations.join(', ')}`] : []),
    ...(functions.length > 0 ? [`Applied ${functions.length} function(s): ${functions.join(', ')}`] : []),
    ...(isOlderBuild ? ['A newer build has migrated this database: its functions stay as they are.'] : []),
  ];
  return lines.length > 0 ? lines.join('\n') : 'The schema is up to date.';
}
