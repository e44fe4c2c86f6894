import { randomUUID } from 'node:crypto';
import type { Config, InstanceDemand } from '../config/index.js';
import type { ConnectionLimits, LiveConnections } from './connection-limits.js';
import { HeldClient } from './held-client.js';
import { signedIn } from './signed-in.js';

/** A lease of an instance that died counts this long: several renewals, so that a failover costs no lease. */
export const LEASE_SECONDS = 45;

interface LiveRow {
  instances: number;
  primary_connections: number;
  replica_connections: number;
}

/** One live lease, for reports. */
export interface LiveInstance extends InstanceDemand {
  readonly role: string;
  readonly startedAt: Date;
}

/** The leases in `platform.instances`, each a statement of its own. */
export class InstanceRegistry {
  private readonly id = randomUUID();
  private readonly client: HeldClient;

  constructor(private readonly config: Config) {
    this.client = new HeldClient(signedIn(config));
  }

  /**
   * Takes a lease if it fits beside the others, in one step.
   * @param instanceId what only one living instance can have
   */
  async admit(
    instanceId: string,
    { processes, primaryConnections, replicaConnections }: InstanceDemand,
    { primaryMax, allMax }: ConnectionLimits,
  ): Promise<{ admitted: boolean; others: LiveConnections }> {
    const [row] = await this.client.rows<LiveRow & { admitted: boolean }>(
      `SELECT admitted, instances, primary_connections, replica_connections
         FROM platform.admit_instance($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        this.id,
        instanceId,
        this.config.role,
        processes,
        primaryConnections,
        replicaConnections,
        LEASE_SECONDS,
        primaryMax,
        allMax,
      ],
    );
    return { admitted: row?.admitted ?? false, others: toLive(row) };
  }

  /** Keeps the lease, or takes it whatever the others hold: the connections are open. @returns what the others hold */
  async renew(
    instanceId: string,
    { processes, primaryConnections, replicaConnections }: InstanceDemand,
  ): Promise<LiveConnections> {
    const [row] = await this.client.rows<LiveRow>(
      `WITH renewed AS (
         INSERT INTO platform.instances
             (id, instance_id, role, processes, primary_connections, replica_connections, leased_until)
           VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7::float8 * interval '1 second')
         ON CONFLICT (id) DO UPDATE SET leased_until = EXCLUDED.leased_until)
       ${LIVE_SQL} AND id <> $1`,
      [this.id, instanceId, this.config.role, processes, primaryConnections, replicaConnections, LEASE_SECONDS],
    );
    return toLive(row);
  }

  /** Gives the lease back. */
  async release(): Promise<void> {
    await this.client.rows('DELETE FROM platform.instances WHERE id = $1', [this.id]);
  }

  /** Every live lease, the oldest first. */
  async live(): Promise<LiveInstance[]> {
    const rows = await this.client.rows<LiveRow & { role: string; processes: number; started_at: Date }>(
      `SELECT role, processes, primary_connections, replica_connections, started_at FROM platform.instances
        WHERE leased_until > clock_timestamp() ORDER BY started_at`,
    );
    return rows.map((row) => ({
      role: row.role,
      processes: row.processes,
      primaryConnections: row.primary_connections,
      replicaConnections: row.replica_connections,
      startedAt: row.started_at,
    }));
  }

  /** What the primary takes in all, less what it keeps for superusers. */
  async databaseConnectionsMax(): Promise<number> {
    const [row] = await this.client.rows<{ connections: number }>(
      `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - COALESCE(current_setting('reserved_connections', true), '0')::int AS connections`,
    );
    return row?.connections ?? 0;
  }

  async end(): Promise<void> {
    await this.client.end();
  }
}

const LIVE_SQL = `SELECT count(*)::int AS instances,
    COALESCE(sum(primary_connections), 0)::int AS primary_connections,
    COALESCE(sum(replica_connections), 0)::int AS replica_connections
  FROM platform.instances WHERE leased_until > clock_timestamp()`;

function toLive(row: LiveRow | undefined): LiveConnections {
  return {
    instances: row?.instances ?? 0,
    primaryConnections: row?.primary_connections ?? 0,
    replicaConnections: row?.replica_connections ?? 0,
  };
}
