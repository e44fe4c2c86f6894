import { findSchemaDrift } from '../platform/database/index.js';
import { CommandRefusedError } from './command/explain-failure.js';
import { print, runCommand } from './command/run-command.js';
import { withApp } from './command/with-app.js';

runCommand('schema-drift', (command) =>
  command
    .description('The drift gate: compares every entity with the migrated database; exits with 1 when they differ.')
    .action(async () => {
      const drift = await withApp(findSchemaDrift);
      if (drift.length > 0)
        throw new CommandRefusedError(`Entities and schema differ; a migration is missing:\n${drift.join('\n')}`);
      print('Entities and schema agree.');
    }),
);
