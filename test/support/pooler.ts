import { Client } from 'pg';
import { testServices } from './services.js';

/** The roles that the application signs in with. */
export const ROLES = ['catalog', 'account', 'payments', 'platform'] as const;
export type Role = (typeof ROLES)[number];
/** The entry of the pooler that leads to the replica. */
const REPLICA_DATABASE = 'bulwark_replica';

/** What a server connection holds beyond its transactions; nothing, after an application that keeps ADR 014. */
export interface ServerConnection {
  role: string;
  database: string;
  pid: number;
  leftovers: string[];
}

/** The pooler sets these for each client itself. */
const KEPT_BY_POOLER = ['application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings'];

const LEFTOVERS = `
  SELECT 'prepared statement ' || name AS what FROM pg_prepared_statements
  UNION ALL SELECT 'setting ' || name FROM pg_settings WHERE source = 'session' AND name <> ALL($1)
  UNION ALL SELECT 'listens to ' || channel FROM pg_listening_channels() AS channel
  UNION ALL SELECT 'cursor ' || name FROM pg_cursors WHERE is_holdable
  UNION ALL SELECT 'temporary relation ' || relname FROM pg_class WHERE relnamespace = pg_my_temp_schema()
  UNION ALL SELECT 'advisory lock ' || objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
  UNION ALL SELECT 'role ' || current_user WHERE current_user <> session_user`;

/** The pooler's URL for one role. */
export function poolerUrl(role: Role, database = 'bulwark'): string {
  const url = new URL(testServices().pooler);
  url.username = `bulwark_${role}`;
  url.password = encodeURIComponent(testServices().environment[`DATABASE_${role.toUpperCase()}_PASSWORD`] ?? '');
  url.pathname = `/${database}`;
  return url.toString();
}

/**
 * Changes settings of the running pooler.
 * @returns puts them back
 */
export async function changePooler(settings: Record<string, number>): Promise<() => Promise<void>> {
  const before = await onConsole('SHOW CONFIG');
  const set = async (values: Record<string, number | string | undefined>): Promise<void> => {
    for (const [name, value] of Object.entries(values)) await onConsole(`SET ${name} = ${value}`);
  };
  await set(settings);
  return () =>
    set(Object.fromEntries(Object.keys(settings).map((name) => [name, before.find(({ key }) => key === name)?.value])));
}

/** Rows of one command of the pooler's console. */
export async function onConsole(command: string): Promise<Record<string, string>[]> {
  const client = new Client({ connectionString: testServices().poolerAdmin });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(command)).rows;
  } finally {
    await client.end();
  }
}

/** Visits as many server connections of each role and server as its pool has, all of a pool at the same time. */
export async function visitServerConnections(poolSize: number): Promise<ServerConnection[]> {
  const visits = ROLES.flatMap((role) =>
    ['bulwark', REPLICA_DATABASE].map((database) => visitPool(role, database, poolSize)),
  );
  return (await Promise.all(visits)).flat();
}

async function visitPool(role: Role, database: string, poolSize: number): Promise<ServerConnection[]> {
  const clients = Array.from({ length: poolSize }, () => new Client({ connectionString: poolerUrl(role, database) }));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    // Open transactions keep their connections, so that each client has another one.
    await Promise.all(clients.map((client) => client.query('BEGIN')));
    return await Promise.all(
      clients.map(async (client) => {
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        const leftovers = await client.query<{ what: string }>(LEFTOVERS, [KEPT_BY_POOLER]);
        return { role, database, pid: rows[0]?.pid ?? 0, leftovers: leftovers.rows.map(({ what }) => what) };
      }),
    );
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
