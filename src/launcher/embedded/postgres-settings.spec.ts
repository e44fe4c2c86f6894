import { CONNECTIONS_MAX, postgresArguments, primarySettings, replicaSettings } from './postgres-settings.js';

const replica = replicaSettings({
  primaryPort: 5001,
  user: 'postgres',
  passfile: "/it's here/pass",
  slot: 'bulwark_postgres_2',
});

describe('the PostgreSQL settings', () => {
  it('give the replica at least the connections that the primary may ever have had', () => {
    expect(Number(primarySettings(10_000).max_connections)).toBeLessThanOrEqual(Number(replica.max_connections));
    expect(primarySettings(120).max_connections).toBe('120');
    expect(replica.max_connections).toBe(String(CONNECTIONS_MAX));
  });

  it('quote a path with blanks and quotes for the replica', () => {
    expect(replica.primary_conninfo).toContain(String.raw`passfile='/it\'s here/pass'`);
  });

  it('leave open for whom commits wait: what is on the command line cannot be changed later', () => {
    expect(postgresArguments('/data', 5001, { ...replica, ...primarySettings(100) }, true).join(' ')).not.toMatch(
      /synchronous|apply_delay/,
    );
  });

  it('keep what was acknowledged, and listen on the loopback address alone', () => {
    const args = postgresArguments('/data', 5001, {}, false);
    expect(args).toEqual(
      expect.arrayContaining(['fsync=on', 'listen_addresses=127.0.0.1', 'unix_socket_directories=']),
    );
  });

  it('load the statistics extension only where it ships', () => {
    const loads = (ships: boolean) =>
      postgresArguments('/data', 5001, {}, ships).includes('shared_preload_libraries=pg_stat_statements');
    expect([loads(true), loads(false)]).toEqual([true, false]);
  });
});
