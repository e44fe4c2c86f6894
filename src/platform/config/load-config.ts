import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { DATABASE_CONTEXTS, REPLICA_CONTEXTS, type DatabaseContext } from './database-contexts.js';
import { EnvironmentReader, integer, listOf, matching, oneOf, secret, url, urls } from './environment-reader.js';
import { idempotencyLeaseMs } from './idempotency-lease.js';

/** How one context signs in, and how many connections one process may hold for it. */
export interface DatabaseSignIn {
  readonly user: string;
  readonly password: string;
  readonly poolSizeMax: number;
  /** How long a caller waits at most for one of them, while the pool gives some back. */
  readonly waitMaxMs: number;
}

/** Everything that can be set from outside; parsed once, frozen, the only reader of the environment. */
export type Config = ReturnType<typeof readConfig>;

const POOL_SIZES: Record<DatabaseContext, number> = { catalog: 6, account: 4, payments: 6, platform: 4 };
const ADDRESS_OR_CIDR = /^[0-9a-fA-F.:]+(\/\d{1,3})?$/;
const REDIS_NODES = 'redis:// or rediss://, or a comma-separated list of cluster nodes';

/**
 * Parses the environment into a {@link Config}.
 * Secrets that the embedded start made (`credentials.json` in the data folder) are defaults for unset variables.
 * @throws ConfigurationError naming each wrong variable, what it got and what it wants
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const dataDir = resolve(environment.BULWARK_DATA_DIR || '.bulwark');
  const reader = new EnvironmentReader({ ...readCredentials(dataDir), ...withoutEmpty(environment) });
  const config = readConfig(reader, dataDir);
  refuseOverBudget(reader, config);
  refuseDrillsInProduction(reader, config);
  reader.finish();
  return deepFreeze(config);
}

function readConfig(reader: EnvironmentReader, dataDir: string) {
  const redisUrls = reader.required('REDIS_URL', { ...urls('redis', 'rediss'), wants: REDIS_NODES });
  const payments = readPayments(reader);
  return {
    environment: reader.optional('BULWARK_ENV', oneOf('development', 'production'), 'production'),
    role: reader.optional('BULWARK_ROLE', oneOf('all', 'web', 'worker'), 'all'),
    dataDir,
    secret: reader.required('BULWARK_SECRET', secret(32)),
    /** Where drills and fault tests ask a process to die at a named point. */
    failpointsDir: reader.optional<string | undefined>('FAILPOINTS_DIR', matching(/^.+$/, 'a folder'), undefined),
    idempotency: {
      /** `off` is for the drills: it shows what happens without. */
      defence: reader.optional('IDEMPOTENCY_DEFENCE', oneOf('on', 'off'), 'on'),
      /** An attempt that took a key longer ago is presumed dead. */
      leaseMs: idempotencyLeaseMs(payments.providerTimeoutMs),
    },
    logLevel: reader.optional('LOG_LEVEL', oneOf('debug', 'info', 'warn', 'error', 'silent'), 'info'),
    http: readHttp(reader),
    database: readDatabase(reader),
    redis: {
      urls: redisUrls,
      cacheUrls: reader.optional('REDIS_CACHE_URL', { ...urls('redis', 'rediss'), wants: REDIS_NODES }, redisUrls),
    },
    cache: {
      /** What one process keeps in memory; 0 keeps nothing. */
      memoryBytesMax: reader.optional('CACHE_MEMORY_BYTES_MAX', integer(0, 8_589_934_592), 33_554_432),
      /** How many items, the most popular first, the worker keeps in the shared layer. */
      warmItemsMax: reader.optional('CACHE_WARM_ITEMS_MAX', integer(0, 10_000_000), 300_000),
      /** `off` is for the drills: it shows what happens without. */
      defence: reader.optional('CACHE_DEFENCE', oneOf('on', 'off'), 'on'),
    },
    payments,
    mail: {
      smtpUrl: reader.required('SMTP_URL', url('smtp', 'smtps')),
      from: reader.optional(
        'MAIL_FROM',
        matching(/^[^\r\n]{3,200}$/, 'a mail address'),
        'Bulwark <no-reply@bulwark.example>',
      ),
    },
    throttling: readThrottling(reader),
    identity: {
      accessTokenTtlSeconds: reader.optional('ACCESS_TOKEN_TTL_SECONDS', integer(5, 3_600), 600),
      refreshTokenTtlSeconds: reader.optional('REFRESH_TOKEN_TTL_SECONDS', integer(60, 31_536_000), 2_592_000),
      passwordHashConcurrency: reader.optional('PASSWORD_HASH_CONCURRENCY', integer(1, 64), 1),
      passwordHashQueueMax: reader.optional('PASSWORD_HASH_QUEUE_MAX', integer(0, 10_000), 256),
    },
  };
}

function readHttp(reader: EnvironmentReader) {
  return {
    host: reader.optional('HOST', matching(/^[0-9a-zA-Z.:-]+$/, 'an address to listen on'), '127.0.0.1'),
    port: reader.optional('PORT', integer(0, 65_535), 3000),
    opsHost: reader.optional('OPS_HOST', matching(/^[0-9a-zA-Z.:-]+$/, 'an address to listen on'), '127.0.0.1'),
    opsPort: reader.optional('OPS_PORT', integer(0, 65_535), 9464),
    webWorkers: reader.optional('WEB_WORKERS', integer(1, 256), availableParallelism()),
    trustedProxies: reader.optional(
      'TRUSTED_PROXIES',
      listOf(ADDRESS_OR_CIDR, 'addresses or CIDR ranges, separated by commas'),
      [],
    ),
    publicUrl: reader.optional('PUBLIC_URL', url('http', 'https'), 'http://127.0.0.1:3000'),
  };
}

function readDatabase(reader: EnvironmentReader) {
  const databaseUrl = reader.required('DATABASE_URL', url('postgres', 'postgresql'));
  const acquireTimeoutMs = reader.optional('DATABASE_ACQUIRE_TIMEOUT_MS', integer(50, 30_000), 900);
  return {
    url: databaseUrl,
    directUrl: reader.optional('DATABASE_DIRECT_URL', url('postgres', 'postgresql'), databaseUrl),
    /** Without any, everything is read from the primary. */
    replicaUrls: reader.optional('DATABASE_REPLICA_URLS', urls('postgres', 'postgresql'), []),
    /** A replica further behind than this leaves the rotation. */
    replicaLagMaxMs: reader.optional('DATABASE_REPLICA_LAG_MAX_MS', integer(100, 20_000), 10_000),
    /** What the whole fleet may hold, primary and replicas together; never more than the pooler takes. */
    connectionBudget: reader.optional('DATABASE_CONNECTION_BUDGET', integer(1, 1_000_000), 2_000),
    /** How long a caller waits for a connection while the pool gives none back. */
    acquireTimeoutMs,
    signIn: readSignIns(reader, acquireTimeoutMs),
    /** The login role that is a member of all context roles; only the embedded start and operators use it. */
    appPassword: reader.optional<string | undefined>('DATABASE_APP_PASSWORD', secret(8), undefined),
  };
}

function readPayments(reader: EnvironmentReader) {
  return {
    providerUrl: reader.required('PAYMENT_PROVIDER_URL', url('http', 'https')),
    providerKey: reader.required('PAYMENT_PROVIDER_KEY', secret(8)),
    providerTimeoutMs: reader.optional('PAYMENT_PROVIDER_TIMEOUT_MS', integer(100, 30_000), 5_000),
    /** A payment that is still unfinished by then is not taken any more. */
    expiresAfterSeconds: reader.optional('PAYMENT_EXPIRES_AFTER_SECONDS', integer(30, 86_400), 600),
    webhookSecrets: reader.required('PAYMENT_WEBHOOK_SECRET', {
      ...listOf(/^.{8,}$/, 'one secret, or two during a rotation, separated by a comma'),
      secret: true,
    }),
  };
}

function readThrottling(reader: EnvironmentReader) {
  const perAddress = reader.optional('RATE_LIMIT_PER_ADDRESS', integer(1, 1e12), 100);
  return {
    perAddressPerSecond: perAddress,
    perAddressBurst: reader.optional('RATE_LIMIT_PER_ADDRESS_BURST', integer(1, 1e12), perAddress * 2),
    loginWindowSeconds: reader.optional('LOGIN_FAILURE_WINDOW_SECONDS', integer(1, 86_400), 900),
    loginBackoffFrom: reader.optional('LOGIN_BACKOFF_FROM', integer(1, 1_000), 3),
    loginBackoffMaxSeconds: reader.optional('LOGIN_BACKOFF_MAX_SECONDS', integer(1, 86_400), 900),
    loginAddressRefuseFrom: reader.optional('LOGIN_ADDRESS_REFUSE_FROM', integer(1, 1_000_000), 100),
  };
}

function readSignIns(reader: EnvironmentReader, acquireTimeoutMs: number): Record<DatabaseContext, DatabaseSignIn> {
  // A rush on one item is a queue that moves, and its buyers wait. Reads of the catalog never wait so long.
  const waitMaxMs = Math.max(reader.optional('DATABASE_WAIT_MAX_MS', integer(50, 30_000), 5_000), acquireTimeoutMs);
  const entries = DATABASE_CONTEXTS.map((context) => {
    const prefix = `DATABASE_${context.toUpperCase()}`;
    const signIn: DatabaseSignIn = {
      user: reader.optional(
        `${prefix}_USER`,
        matching(/^[a-z_][a-z0-9_]{0,62}$/, 'a database role name'),
        `bulwark_${context}`,
      ),
      password: reader.required(`${prefix}_PASSWORD`, secret(8)),
      poolSizeMax: reader.optional(`${prefix}_POOL_SIZE`, integer(1, 500), POOL_SIZES[context]),
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

/** What a drill switches off or breaks on purpose must not happen to customers. */
function refuseDrillsInProduction(
  reader: EnvironmentReader,
  { environment, failpointsDir, idempotency }: Config,
): void {
  if (environment !== 'production') return;
  if (failpointsDir !== undefined)
    reader.refuse('FAILPOINTS_DIR is set; it wants to be unset, or BULWARK_ENV=development: it kills processes.');
  if (idempotency.defence === 'off')
    reader.refuse(
      'IDEMPOTENCY_DEFENCE got "off"; it wants "on", or BULWARK_ENV=development: ' +
        'without it customers are charged twice.',
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

function withoutEmpty(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
