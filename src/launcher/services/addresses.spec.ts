import { serviceAddresses } from './addresses.js';
import type { Credentials } from './credentials.js';

const credentials = {
  DATABASE_SUPERUSER_PASSWORD: 'su/per',
  DATABASE_APP_PASSWORD: 'app',
  DATABASE_POOLER_ADMIN_PASSWORD: 'admin',
} as Credentials;
const ports = {
  postgresPrimary: 1,
  postgresReplica: 2,
  pooler: 3,
  redis: 4,
  redisCache: 5,
  paymentProvider: 6,
  mailSink: 7,
};
const base = { replicaPorts: [2], credentials, mailDir: '/mail', environment: {} };

describe('the addresses of the services', () => {
  it('reach the database through the pooler, the replica by its own entry, as the role of the application', () => {
    const addresses = serviceAddresses({ ...base, ports });
    expect(addresses.pooler).toBe('postgres://bulwark_app:app@127.0.0.1:3/bulwark');
    expect(addresses.poolerReplica).toBe('postgres://bulwark_app:app@127.0.0.1:3/bulwark_replica');
  });

  it('list an entry for each replica, and read from the primary without any', () => {
    const at = (entry: string) => `postgres://bulwark_app:app@127.0.0.1:3/${entry}`;
    expect(serviceAddresses({ ...base, ports, replicaPorts: [2, 8] }).poolerReplica).toBe(
      `${at('bulwark_replica')},${at('bulwark_replica_2')}`,
    );
    expect(serviceAddresses({ ...base, ports, replicaPorts: [] })).toMatchObject({
      poolerReplica: at('bulwark'),
      postgresReplica: 'postgres://postgres:su%2Fper@127.0.0.1:1/bulwark',
    });
  });

  it('escape a password', () => {
    expect(serviceAddresses({ ...base, ports }).postgresPrimary).toBe(
      'postgres://postgres:su%2Fper@127.0.0.1:1/bulwark',
    );
  });

  it('are the external ones where a service is not embedded', () => {
    const environment = {
      DATABASE_URL: 'postgres://out/db',
      REDIS_URL: 'redis://out',
      PAYMENT_PROVIDER_URL: 'https://provider',
      SMTP_URL: 'smtp://out',
    };
    const addresses = serviceAddresses({ ...base, environment, ports: {} });
    expect(addresses).toMatchObject({
      pooler: 'postgres://out/db',
      postgresPrimary: 'postgres://out/db',
      poolerReplica: 'postgres://out/db',
      redis: 'redis://out',
      redisCache: 'redis://out',
      paymentProvider: 'https://provider',
      smtp: 'smtp://out',
    });
  });

  it('leave the queue embedded when only the cache is external', () => {
    const { redisCache: _, ...others } = ports;
    const addresses = serviceAddresses({ ...base, environment: { REDIS_CACHE_URL: 'redis://cache' }, ports: others });
    expect([addresses.redis, addresses.redisCache]).toEqual(['redis://127.0.0.1:4', 'redis://cache']);
  });
});
