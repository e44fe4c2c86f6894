import { Client } from 'pg';
import { loadConfig } from '../platform/config/index.js';
import { CommandRefusedError } from './command/explain-failure.js';
import { print, runCommand } from './command/run-command.js';
import { DISTRIBUTION } from './distribution/distribution.js';
import { distributeTables } from './distribution/distribute-tables.js';

const CONNECT_TIMEOUT_MS = 10_000;

runCommand('db:distribute', (command) =>
  command
    .description(
      'Distributes the payments by account on a PostgreSQL with Citus, once; elsewhere says what is missing, changes ' +
        'nothing and exits with 1.',
    )
    .action(distribute),
);

async function distribute(): Promise<void> {
  const client = new Client({
    connectionString: loadConfig().database.directUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  await client.connect();
  try {
    const decision = await distributeTables(client);
    if (decision.kind === 'missing')
      throw new CommandRefusedError(
        `Nothing was changed, since something is missing:\n${decision.what.map((line) => `- ${line}`).join('\n')}`,
      );
    const tables = DISTRIBUTION.tables.join(', ');
    print(
      decision.kind === 'done'
        ? `Already distributed by ${DISTRIBUTION.column}: ${tables}.`
        : `Distributed by ${DISTRIBUTION.column} into ${DISTRIBUTION.shards} shards: ${tables}.`,
    );
  } finally {
    await client.end();
  }
}
