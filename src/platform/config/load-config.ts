import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { DATABASE_CONTEXTS, REPLICA_CONTEXTS, type DatabaseContext } from './database-contexts.js';
import { EnvironmentReader } from './environment-reader.js';
import { idempotencyLeaseMs } from './idempotency-lease.js';

/** How one context signs in, and how many connections one process may hold for it. */
export interface DatabaseSignIn {
  readonly user: string;
  readonly password: string;
  readonly poolSizeMax: number;
  /** How long a caller waits at most for one of them, while the pool gives some back. */
  readonly waitMaxMs: number;
}

/** How many seconds' worth of requests an address may send at once. */
const BURST_SECONDS = 2;

/** Switches that there were, and the drill that shows what they did. */
const FORMER_SWITCHES = [
  ['CACHE_DEFENCE', 'stampede'],
  ['IDEMPOTENCY_DEFENCE', 'double-charge'],
] as const;

/** Everything that can be set from outside; parsed once, frozen, the only reader of the environment. */
export type Config = ReturnType<typeof readConfig>;

/**
 * Parses the environment into a {@link Config}.
 * Secrets that the embedded start made (`credentials.json` in the data folder) are defaults for unset variables.
 * @throws ConfigurationError naming each wrong variable, what it got and what it wants
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const dataDir = resolve(new EnvironmentReader(environment).read('BULWARK_DATA_DIR'));
  const reader = new EnvironmentReader(environment, readCredentials(dataDir));
  const config = readConfig(reader, dataDir);
  refuseOverBudget(reader, config);
  if (config.environment === 'production') reader.refuseDevelopmentOnly();
  refuseFormerSwitches(reader, environment);
  reader.finish();
  return deepFreeze(config);
}

function readConfig(reader: EnvironmentReader, dataDir: string) {
  const redisUrls = reader.read('REDIS_URL');
  const payments = readPayments(reader);
  return {
    environment: reader.read('BULWARK_ENV'),
    role: reader.read('BULWARK_ROLE'),
    dataDir,
    secret: reader.read('BULWARK_SECRET'),
    failpointsDir: reader.read('FAILPOINTS_DIR'),
    idempotency: {
      /** An attempt that took a key longer ago is presumed dead. */
      leaseMs: idempotencyLeaseMs(payments.providerTimeoutMs),
    },
    logLevel: reader.read('LOG_LEVEL'),
    http: readHttp(reader),
    database: readDatabase(reader),
    redis: { urls: redisUrls, cacheUrls: reader.read('REDIS_CACHE_URL') ?? redisUrls },
    cache: {
      memoryBytesMax: reader.read('CACHE_MEMORY_BYTES_MAX'),
      warmItemsMax: reader.read('CACHE_WARM_ITEMS_MAX'),
    },
    payments,
    mail: { smtpUrl: reader.read('SMTP_URL'), from: reader.read('MAIL_FROM') },
    throttling: readThrottling(reader),
    retention: { intervalMs: reader.read('REAP_INTERVAL_SECONDS') * 1_000 },
    identity: {
      accessTokenTtlSeconds: reader.read('ACCESS_TOKEN_TTL_SECONDS'),
      refreshTokenTtlSeconds: reader.read('REFRESH_TOKEN_TTL_SECONDS'),
      passwordHashConcurrency: reader.read('PASSWORD_HASH_CONCURRENCY'),
      passwordHashQueueMax: reader.read('PASSWORD_HASH_QUEUE_MAX'),
    },
  };
}

function readHttp(reader: EnvironmentReader) {
  return {
    host: reader.read('HOST'),
    port: reader.read('PORT'),
    opsHost: reader.read('OPS_HOST'),
    opsPort: reader.read('OPS_PORT'),
    webWorkers: reader.read('WEB_WORKERS') ?? availableParallelism(),
    trustedProxies: reader.read('TRUSTED_PROXIES'),
    publicUrl: reader.read('PUBLIC_URL'),
  };
}

function readDatabase(reader: EnvironmentReader) {
  const databaseUrl = reader.read('DATABASE_URL');
  const acquireTimeoutMs = reader.read('DATABASE_ACQUIRE_TIMEOUT_MS');
  return {
    url: databaseUrl,
    directUrl: reader.read('DATABASE_DIRECT_URL') ?? databaseUrl,
    replicaUrls: reader.read('DATABASE_REPLICA_URLS'),
    replicaLagMaxMs: reader.read('DATABASE_REPLICA_LAG_MAX_MS'),
    connectionBudget: reader.read('DATABASE_CONNECTION_BUDGET'),
    acquireTimeoutMs,
    answerTimeoutMs: reader.read('DATABASE_ANSWER_TIMEOUT_MS'),
    signIn: readSignIns(reader, acquireTimeoutMs),
    appPassword: reader.read('DATABASE_APP_PASSWORD'),
  };
}

function readPayments(reader: EnvironmentReader) {
  return {
    providerUrl: reader.read('PAYMENT_PROVIDER_URL'),
    providerKey: reader.read('PAYMENT_PROVIDER_KEY'),
    providerTimeoutMs: reader.read('PAYMENT_PROVIDER_TIMEOUT_MS'),
    expiresAfterSeconds: reader.read('PAYMENT_EXPIRES_AFTER_SECONDS'),
    webhookSecrets: reader.read('PAYMENT_WEBHOOK_SECRET'),
  };
}

function readThrottling(reader: EnvironmentReader) {
  const perAddress = reader.read('RATE_LIMIT_PER_ADDRESS');
  return {
    perAddressPerSecond: perAddress,
    perAddressBurst: reader.read('RATE_LIMIT_PER_ADDRESS_BURST') ?? perAddress * BURST_SECONDS,
    loginWindowSeconds: reader.read('LOGIN_FAILURE_WINDOW_SECONDS'),
    loginBackoffFrom: reader.read('LOGIN_BACKOFF_FROM'),
    loginBackoffMaxSeconds: reader.read('LOGIN_BACKOFF_MAX_SECONDS'),
    loginAddressRefuseFrom: reader.read('LOGIN_ADDRESS_REFUSE_FROM'),
  };
}

function readSignIns(reader: EnvironmentReader, acquireTimeoutMs: number): Record<DatabaseContext, DatabaseSignIn> {
  // A rush on one item is a queue that moves, and its buyers wait. Reads of the catalog never wait so long.
  const waitMaxMs = Math.max(reader.read('DATABASE_WAIT_MAX_MS'), acquireTimeoutMs);
  const entries = DATABASE_CONTEXTS.map((context) => {
    const prefix = `DATABASE_${context.toUpperCase() as Uppercase<DatabaseContext>}` as const;
    const signIn: DatabaseSignIn = {
      user: reader.read(`${prefix}_USER`),
      password: reader.read(`${prefix}_PASSWORD`),
      poolSizeMax: reader.read(`${prefix}_POOL_SIZE`),
      waitMaxMs: context === 'catalog' ? acquireTimeoutMs : waitMaxMs,
    };
    return [context, signIn] as const;
  });
  return Object.fromEntries(entries) as Record<DatabaseContext, DatabaseSignIn>;
}

/** What one instance may open: every process holds every context's pool. */
export interface InstanceDemand {
  readonly processes: number;
  /** To the primary; one of them is the cluster primary's own, which keeps the lease (ADR 015). */
  readonly primaryConnections: number;
  /** To all replicas together. */
  readonly replicaConnections: number;
}

/** Each process checks each replica over a connection of its own. */
const CHECKS = 1;

/** Works out the {@link InstanceDemand} of a configuration. */
export function demandOfInstance({ role, http, database }: Config): InstanceDemand {
  const sizeOf = (context: DatabaseContext): number => database.signIn[context]?.poolSizeMax ?? 0;
  const sum = (contexts: readonly DatabaseContext[]): number =>
    contexts.reduce((total, context) => total + sizeOf(context), 0);
  const processes = (role === 'worker' ? 0 : http.webWorkers) + (role === 'web' ? 0 : 1);
  return {
    processes,
    primaryConnections: processes * sum(DATABASE_CONTEXTS) + 1,
    replicaConnections: processes * database.replicaUrls.length * (sum(REPLICA_CONTEXTS) + CHECKS),
  };
}

/** All connections that one instance may open. */
export function connectionsOfInstance(config: Config): number {
  const { primaryConnections, replicaConnections } = demandOfInstance(config);
  return primaryConnections + replicaConnections;
}

function refuseOverBudget(reader: EnvironmentReader, config: Config): void {
  const wanted = connectionsOfInstance(config);
  const { connectionBudget } = config.database;
  if (wanted <= connectionBudget) return;
  reader.refuse(
    `DATABASE_CONNECTION_BUDGET got ${connectionBudget}; it wants at least ${wanted}, which is ` +
      'processes x pool sizes of this instance alone. Lower WEB_WORKERS or DATABASE_*_POOL_SIZE, or raise the budget.',
  );
}

/** One that is set is believed to do something, and no variable takes a protection away (ADR 025). */
function refuseFormerSwitches(
  reader: EnvironmentReader,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  for (const [name, drill] of FORMER_SWITCHES)
    if (environment[name])
      reader.refuse(
        `${name} got "${environment[name]}"; it wants to be unset: no variable takes a protection away. ` +
          `"npm run drill -- ${drill} --without-defence" starts an application without it.`,
      );
}

function readCredentials(dataDir: string): Record<string, string> {
  const file = join(dataDir, 'credentials.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch (error) {
    // No embedded start has happened here: then each credential is a variable of its own.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`The credentials in ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
