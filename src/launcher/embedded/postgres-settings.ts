/**
 * A standby refuses to start with fewer connections than its primary ever had in the log it replays,
 * so the replica always has the most that the primary can be set to.
 */
export const CONNECTIONS_MAX = 400;

/**
 * Settings of all servers. Nothing here trades durability for speed: what was acknowledged is on disk.
 * Whether commits wait for a standby is not among them: what stands on the command line cannot be changed later.
 */
const SHARED: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  // The path of a socket file is limited to about 100 characters, which a deep checkout exceeds.
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  fsync: 'on',
  wal_level: 'replica',
  hot_standby: 'on',
  hot_standby_feedback: 'on',
  max_wal_senders: '10',
  max_replication_slots: '10',
  // A replica that is gone for good must not fill the disk of the primary.
  max_slot_wal_keep_size: '2GB',
  wal_keep_size: '128MB',
  // A restarted primary has its replica back at once.
  wal_retrieve_retry_interval: '200ms',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

export function primarySettings(connectionsMax: number): Record<string, string> {
  return { max_connections: String(Math.min(connectionsMax, CONNECTIONS_MAX)) };
}

/** @param options.slot the primary keeps the log for this replica under the name, also while the replica is down */
export function replicaSettings(options: {
  primaryPort: number;
  user: string;
  passfile: string;
  slot: string;
}): Record<string, string> {
  const { primaryPort, user, passfile, slot } = options;
  const quotedPath = passfile.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return {
    max_connections: String(CONNECTIONS_MAX),
    primary_slot_name: slot,
    primary_conninfo:
      `host=127.0.0.1 port=${primaryPort} user=${user} passfile='${quotedPath}' ` +
      `application_name=${slot} connect_timeout=3`,
  };
}

/** The command line; settings are given here instead of in a file, so that each start has its own ports. */
export function postgresArguments(
  folder: string,
  port: number,
  own: Record<string, string>,
  withStatStatements: boolean,
): string[] {
  const settings = { ...SHARED, ...own, ...(withStatStatements && { shared_preload_libraries: 'pg_stat_statements' }) };
  return [
    '-D',
    folder,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
