import type pg from 'pg';
import type { StandbyReading } from './standby-health.js';
import { closeSession, openSession, type SessionOptions } from './session.js';

const CONNECT_TIMEOUT_MS = 800;
const STATEMENT_TIMEOUT_MS = 800;

export interface ReplicationReading {
  /** The end of the primary's log on disk, as a number of bytes. */
  readonly flushed: bigint;
  readonly synchronousNames: string;
  /** By the name under which a standby follows. */
  readonly standbys: ReadonlyMap<string, StandbyReading>;
}

interface Row {
  flushed: string;
  names: string;
  standby: string | null;
  streaming: boolean;
  synchronous: boolean;
  written: string | null;
}

const READ = `SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::text AS flushed,
  current_setting('synchronous_standby_names') AS names,
    r.application_name AS standby, r.state = 'streaming' AS streaming,
      r.sync_state IN ('sync', 'quorum') AS synchronous,
    pg_wal_lsn_diff(r.write_lsn, '0/0')::text AS written
  FROM (SELECT 1) AS always LEFT JOIN pg_stat_replication AS r ON true`;

/**
 * A session on the primary that is kept: it reads how the standbys do, and says which standby commits wait for. It
 * makes its settings by ALTER SYSTEM, so that an operator can change them in the same way.
 */
export class ReplicationSession {
  private client: pg.Client | null = null;
  private port = 0;

  constructor(private readonly password: string) {}

  /** @throws whatever the driver says when the primary does not answer in time */
  async read(port: number): Promise<ReplicationReading> {
    const rows = await this.query<Row>(port, READ);
    const standbys = rows
      .filter((row) => row.standby !== null)
      .map(
        (row) =>
          [
            row.standby ?? '',
            { streaming: row.streaming, synchronous: row.synchronous, written: BigInt(row.written ?? 0) },
          ] as const,
      );
    return {
      flushed: BigInt(rows[0]?.flushed ?? 0),
      synchronousNames: rows[0]?.names ?? '',
      standbys: new Map(standbys),
    };
  }

  /** Lets commits wait for a standby, or for none. */
  async waitFor(port: number, slot: string | null): Promise<void> {
    if (slot !== null) await this.preferRemoteWrite(port);
    await this.query(port, `ALTER SYSTEM SET synchronous_standby_names = '${slot === null ? '' : namesOf(slot)}'`);
    await this.query(port, 'SELECT pg_reload_conf()');
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = null;
    if (client !== null) await closeSession(client);
  }

  /**
   * The standby's operating system has the commit, its disk not yet: that survives the death of any process, and of
   * either machine alone, at the price of a round trip instead of a second write to disk. An operator's choice stays.
   */
  private async preferRemoteWrite(port: number): Promise<void> {
    const [row] = await this.query<{ source: string }>(
      port,
      `SELECT source FROM pg_settings WHERE name = 'synchronous_commit'`,
    );
    if (row?.source !== 'configuration file')
      await this.query(port, `ALTER SYSTEM SET synchronous_commit = 'remote_write'`);
  }

  private async query<R extends object>(port: number, sql: string): Promise<R[]> {
    const client = await this.open(port);
    try {
      return (await client.query<R>(sql)).rows;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  private async open(port: number): Promise<pg.Client> {
    if (this.client !== null && this.port === port) return this.client;
    await this.close();
    const options: SessionOptions = {
      port,
      password: this.password,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    };
    this.client = await openSession(options);
    this.port = port;
    return this.client;
  }
}

/** True when commits wait for this standby by our own setting. */
export function waitsFor(reading: ReplicationReading, standby: { readonly slot: string }): boolean {
  return reading.synchronousNames === namesOf(standby.slot);
}

function namesOf(slot: string): string {
  return `FIRST 1 (${slot})`;
}
