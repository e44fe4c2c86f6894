import { POOLER_ADMIN, replicaDatabase } from '../embedded/pooler.js';
import { DATABASE, superuserUrl } from '../embedded/postgres.js';
import type { Credentials } from './credentials.js';

/** Where everything is: URLs of embedded services, or the external ones that replace them. */
export interface ServiceAddresses {
  /** Direct, as superuser when embedded. */
  readonly postgresPrimary: string;
  /** Direct, as superuser when embedded; the first one. Without any it is the primary. */
  readonly postgresReplica: string;
  /** Through the pooler, as the application's role. */
  readonly pooler: string;
  /** Reads through the pooler: a comma-separated list with an entry for each replica. */
  readonly poolerReplica: string;
  /** The pooler's console; null when it is external. */
  readonly poolerAdmin: string | null;
  readonly redis: string;
  readonly redisCache: string;
  readonly paymentProvider: string;
  readonly smtp: string;
  /** A folder of `.eml` files. */
  readonly mailDir: string;
}

export interface AddressFacts {
  /** Ports of the embedded services; an external one is missing. */
  readonly ports: Readonly<Record<string, number | undefined>>;
  /** Ports of the embedded replicas. */
  readonly replicaPorts: readonly number[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly credentials: Credentials;
  readonly mailDir: string;
}

/** Works out every address; the external variables stand for what is not embedded. */
export function serviceAddresses(facts: AddressFacts): ServiceAddresses {
  const { ports, environment, mailDir } = facts;
  const redis = ports.redis === undefined ? (environment.REDIS_URL ?? '') : `redis://127.0.0.1:${ports.redis}`;
  const externalCache = environment.REDIS_CACHE_URL || redis;
  return {
    ...databaseAddresses(facts),
    redis,
    redisCache: ports.redisCache === undefined ? externalCache : `redis://127.0.0.1:${ports.redisCache}`,
    paymentProvider:
      ports.paymentProvider === undefined
        ? (environment.PAYMENT_PROVIDER_URL ?? '')
        : `http://127.0.0.1:${ports.paymentProvider}`,
    smtp: ports.mailSink === undefined ? (environment.SMTP_URL ?? '') : `smtp://127.0.0.1:${ports.mailSink}`,
    mailDir,
  };
}

function databaseAddresses({ ports, replicaPorts, environment, credentials }: AddressFacts) {
  const { postgresPrimary, pooler } = ports;
  if (postgresPrimary === undefined || pooler === undefined) {
    const url = environment.DATABASE_URL ?? '';
    const replica = environment.DATABASE_REPLICA_URLS || url;
    return {
      postgresPrimary: environment.DATABASE_DIRECT_URL || url,
      postgresReplica: replica,
      pooler: url,
      poolerReplica: replica,
      poolerAdmin: null,
    };
  }
  const superuser = credentials.DATABASE_SUPERUSER_PASSWORD;
  const pooled = (user: string, password: string, database: string) =>
    `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${pooler}/${database}`;
  const appPassword = environment.DATABASE_APP_PASSWORD || credentials.DATABASE_APP_PASSWORD;
  const replicaEntries =
    replicaPorts.length === 0 ? [DATABASE] : replicaPorts.map((_, index) => replicaDatabase(index));
  const replicas = replicaEntries.map((entry) => pooled('bulwark_app', appPassword, entry));
  return {
    postgresPrimary: superuserUrl(postgresPrimary, superuser),
    postgresReplica: superuserUrl(replicaPorts[0] ?? postgresPrimary, superuser),
    pooler: pooled('bulwark_app', appPassword, DATABASE),
    poolerReplica: replicas.join(','),
    poolerAdmin: pooled(POOLER_ADMIN, credentials.DATABASE_POOLER_ADMIN_PASSWORD, 'pgbouncer'),
  };
}
