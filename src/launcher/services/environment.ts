import { POOLER_ADMIN } from '../embedded/pooler.js';
import type { ServiceAddresses } from './addresses.js';
import type { Environment } from './options.js';
import type { Credentials } from './credentials.js';

/** Processes that serve customers do not get these. */
const OPERATOR_ONLY = [
  'DATABASE_SUPERUSER_PASSWORD',
  'DATABASE_POOLER_ADMIN_PASSWORD',
  'STAFF_EMAIL',
  'STAFF_PASSWORD',
];

interface Secrets {
  /** A variable that is set here replaces the generated credential. */
  readonly environment: Environment;
  readonly credentials: Credentials;
}

/** The password of each role that connects through the pooler. */
export function poolerPasswords({ environment, credentials }: Secrets): Record<string, string> {
  const value = (name: keyof Credentials) => environment[name] || credentials[name];
  return {
    bulwark_app: value('DATABASE_APP_PASSWORD'),
    bulwark_catalog: value('DATABASE_CATALOG_PASSWORD'),
    bulwark_account: value('DATABASE_ACCOUNT_PASSWORD'),
    bulwark_payments: value('DATABASE_PAYMENTS_PASSWORD'),
    bulwark_platform: value('DATABASE_PLATFORM_PASSWORD'),
    [POOLER_ADMIN]: credentials.DATABASE_POOLER_ADMIN_PASSWORD,
  };
}

/** What the processes of the application need in their environment to find the services. */
export function applicationEnvironment(
  dataDir: string,
  addresses: ServiceAddresses,
  { environment, credentials }: Secrets,
): Record<string, string> {
  const secrets = Object.entries(credentials)
    .filter(([name]) => !OPERATOR_ONLY.includes(name))
    .map(([name, value]) => [name, environment[name] || value] as const);
  return {
    BULWARK_DATA_DIR: dataDir,
    DATABASE_URL: addresses.pooler,
    DATABASE_DIRECT_URL: addresses.postgresPrimary,
    DATABASE_REPLICA_URLS: addresses.poolerReplica,
    REDIS_URL: addresses.redis,
    REDIS_CACHE_URL: addresses.redisCache,
    PAYMENT_PROVIDER_URL: addresses.paymentProvider,
    SMTP_URL: addresses.smtp,
    ...Object.fromEntries(secrets),
  };
}
