import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerHome } from '../machine/service-user.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { postgresArguments } from './postgres-settings.js';
import type { ServiceDefinition } from './service-process.js';

export const DATABASE = 'bulwark';
export const SUPERUSER = 'postgres';

export interface PostgresServer {
  readonly name: string;
  readonly folder: string;
  readonly home: ServerHome;
  readonly binaries: PostgresBinaries;
  /** Asked at each start: what a server is may have changed since. */
  readonly settings: () => Record<string, string>;
}

/** One PostgreSQL server. */
export function postgresDefinition(server: PostgresServer): ServiceDefinition {
  const { name, folder, home, binaries, settings } = server;
  return {
    name,
    command: (port) => ({
      program: binaries.postgres,
      args: postgresArguments(folder, port, settings(), binaries.hasStatStatements),
      env: { LC_ALL: 'C' },
    }),
    isReady: (_port, pid) => isServing(folder, pid),
    user: home.user,
    // SIGINT is the fast shutdown: sessions are ended, the data is written.
    stopSignal: 'SIGINT',
    deathSignal: 'INT',
    stopGraceMs: 20_000,
    startTimeoutMs: 180_000,
    // The sessions of a server that was killed need a moment to notice it.
    transientFailure: /pre-existing shared memory block|lock file "postmaster.pid" already exists/,
    rank: 4,
  };
}

/** The superuser's URL of a server. */
export function superuserUrl(port: number, password: string, database = DATABASE): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** What the postmaster writes about itself once it serves. */
function isServing(folder: string, pid: number): boolean {
  try {
    return reportsReady(readFileSync(join(folder, 'postmaster.pid'), 'utf8'), pid);
  } catch {
    return false;
  }
}

/** True when the text of a postmaster.pid says that this very process accepts connections. */
export function reportsReady(text: string, pid: number): boolean {
  const lines = text.split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}
