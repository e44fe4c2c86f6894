import { Client } from 'pg';
import { ConfigurationError, loadConfig } from '../platform/config/index.js';
import { DISTRIBUTION } from './distribution/distribution.js';
import { distributeTables } from './distribution/distribute-tables.js';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Distributes the payments by account on a PostgreSQL with Citus; elsewhere says what is missing, changes nothing and
 * exits with 1.
 */
async function main(): Promise<number> {
  const client = new Client({
    connectionString: loadConfig().database.directUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  await client.connect();
  try {
    const decision = await distributeTables(client);
    if (decision.kind === 'missing') {
      process.stderr.write(
        `Nothing was changed, since something is missing:\n${decision.what.map((line) => `- ${line}\n`).join('')}`,
      );
      return 1;
    }
    const tables = DISTRIBUTION.tables.join(', ');
    process.stdout.write(
      decision.kind === 'done'
        ? `Already distributed by ${DISTRIBUTION.column}: ${tables}.\n`
        : `Distributed by ${DISTRIBUTION.column} into ${DISTRIBUTION.shards} shards: ${tables}.\n`,
    );
    return 0;
  } finally {
    await client.end();
  }
}

main()
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    const text = error instanceof ConfigurationError ? error.message : (error as Error).message;
    process.stderr.write(`${text}\n`);
    process.exit(1);
  });
