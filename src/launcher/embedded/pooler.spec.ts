import { clientsMax, renderPoolerConfig, renderUserList } from './pooler.js';

const config = renderPoolerConfig({
  ports: { own: 6001, primary: 6002, replicas: [6003, 6004] },
  users: '/data/userlist.txt',
  poolSize: 7,
  clientsMax: 3_000,
});

describe('the pooler configuration', () => {
  it('has an entry of its own for each server', () => {
    expect(config).toContain('bulwark = host=127.0.0.1 port=6002 dbname=bulwark\n');
    expect(config).toContain('bulwark_replica = host=127.0.0.1 port=6003 dbname=bulwark\n');
    expect(config).toContain('bulwark_replica_2 = host=127.0.0.1 port=6004 dbname=bulwark\n');
  });

  it('pools by transaction, refuses startup parameters and bounds the wait', () => {
    expect(config).toContain('pool_mode = transaction\n');
    expect(config).toContain('ignore_startup_parameters = extra_float_digits\n');
    expect(config).toContain('query_wait_timeout = 5\n');
    expect(config).toContain('default_pool_size = 7\n');
    expect(config).toContain('auth_type = scram-sha-256\n');
  });

  it('uses no setting that PgBouncer 1.18 does not have', () => {
    expect(config).not.toMatch(/max_prepared_statements|max_user_client_connections|auth_ldap/);
  });

  it('doubles quotes in passwords', () => {
    expect(renderUserList({ app: 'a"b' })).toBe('"app" "a""b"\n');
  });

  it.each([
    [20_000, 3_000],
    [1_024, 524],
    [256, 50],
  ])('admits what %d open files allow: %d clients', (descriptors, clients) => {
    expect(clientsMax(descriptors)).toBe(clients);
  });
});
