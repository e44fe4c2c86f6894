import type { Client } from 'pg';
import { CLEARING, DISTRIBUTING, DISTRIBUTION } from './distribution.js';
import { evaluateServer, type DistributionDecision, type ServerState } from './preconditions.js';

/**
 * Any constant works as long as no other lock uses it; it is the migrations', so that neither runs beside the other.
 */
const SCHEMA_LOCK = 2_859_275;
/** Payments wait no longer than this for a copy that cannot begin. */
const LOCK_TIMEOUT_MS = 5_000;

/**
 * Distributes the table group by account, once. Where something is missing it changes nothing and says what.
 * @param client the owner of the tables, straight on the coordinator and not through a pooler
 */
export async function distributeTables(client: Client): Promise<DistributionDecision> {
  const decision = await distributeInOneTransaction(client).catch(async (cause: unknown) => {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new Error(`Nothing was changed: ${(cause as Error).message}`, { cause });
  });
  if (decision.kind !== 'ready') return decision;
  for (const statement of CLEARING) {
    await client.query(statement).catch((cause: unknown) => {
      throw new Error(
        `The tables are distributed, but their old rows still fill the coordinator (${(cause as Error).message}); ` +
          `run: ${statement}`,
        { cause },
      );
    });
  }
  return decision;
}

async function distributeInOneTransaction(client: Client): Promise<DistributionDecision> {
  await client.query('BEGIN');
  await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
  await client.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
  const decision = evaluateServer(await readState(client));
  if (decision.kind === 'ready') for (const statement of DISTRIBUTING) await client.query(statement);
  await client.query(decision.kind === 'ready' ? 'COMMIT' : 'ROLLBACK');
  return decision;
}

async function readState(client: Client): Promise<ServerState> {
  const { rows } = await client.query<{
    version: string;
    available: string | null;
    installed: string | null;
    known: string[];
  }>(
    `SELECT current_setting('server_version_num') AS version,
            (SELECT default_version FROM pg_available_extensions WHERE name = 'citus') AS available,
            (SELECT extversion FROM pg_extension WHERE extname = 'citus') AS installed,
            ARRAY(SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL) AS known`,
    [DISTRIBUTION.tables],
  );
  const [row] = rows;
  const server = {
    serverVersion: Number(row?.version),
    citusAvailable: row?.available ?? null,
    citusInstalled: row?.installed ?? null,
    known: row?.known ?? [],
  };
  // The tables of the extension can be asked only where it is.
  if (server.citusInstalled === null) return { ...server, activeWorkers: 0, distributed: [] };
  const cluster = await client.query<{ workers: number; distributed: string[] }>(
    `SELECT (SELECT count(*)::int FROM pg_dist_node WHERE isactive AND shouldhaveshards
      AND noderole = 'primary') AS workers,
            ARRAY(SELECT name FROM unnest($1::text[]) AS name
            WHERE EXISTS (SELECT FROM pg_dist_partition
            WHERE logicalrelid = to_regclass(name) AND partmethod = 'h')) AS distributed`,
    [server.known],
  );
  return { ...server, activeWorkers: cluster.rows[0]?.workers ?? 0, distributed: cluster.rows[0]?.distributed ?? [] };
}
