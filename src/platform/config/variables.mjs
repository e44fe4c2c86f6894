// @ts-check
import { defaulted, derived, developmentOnly, required } from './declare-variable.mjs';
import { LAUNCHER, STAND_INS } from './launcher-variables.mjs';
import {
  addressRanges,
  integer,
  listenAddress,
  matching,
  oneOf,
  secret,
  secrets,
  url,
  urls,
} from './variable-kinds.mjs';
/** @import { DatabaseContext } from './database-contexts.js' */
/** @import { DefaultedVariable, Kind, RequiredVariable, Variable } from './variable-types.js' */

/**
 * Plain JavaScript with types, as `declare-variable.mjs`, `variable-kinds.mjs` and `check-environment.mjs`:
 * `npm run up` checks every variable in its first second, before anything is installed or built.
 */

const folder = matching(/^.+$/, 'a folder');
const port = integer(0, 65_535);
const listensOn = listenAddress();
const postgresUrl = url('postgres', 'postgresql');
const MAIL_ADDRESS = /^(?=.{3,200}$)([^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/;
/** @type {Kind<readonly string[]>} */
const redisUrls = {
  ...urls('redis', 'rediss'),
  wants: 'a URL that begins with redis:// or rediss://, or a comma-separated list of cluster nodes',
};

const PROCESS = {
  BULWARK_ENV: defaulted(
    oneOf('development', 'production'),
    'production',
    'Production refuses what only a test or a drill may set. `npm run up` says `development`.',
  ),
  BULWARK_ROLE: defaulted(
    oneOf('all', 'web', 'worker'),
    'all',
    '`web` serves HTTP, `worker` relays events and repairs what crashed, `all` does both.',
  ),
  BULWARK_SECRET: required(
    secret(32),
    'Signs tokens and cursors and keys the hashes of names. The same in every process, kept for good.',
  ),
  BULWARK_DATA_DIR: defaulted(
    folder,
    '.bulwark',
    'Where files are kept: rejected rows of an import, and all data of `npm run up`. ' +
      'Its `credentials.json` has the secrets that `npm run up` made; they hold where a variable is unset.',
  ),
  WEB_WORKERS: derived(
    integer(1, 256),
    'the number of cores',
    'Web processes of an instance. In a container: the CPUs that it may use.',
  ),
  LOG_LEVEL: defaulted(
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'The least severe level that is logged.',
  ),
  FAILPOINTS_DIR: developmentOnly(
    derived(folder, 'no failpoints', 'Where tests and drills ask a process to die at a named point.'),
    'it kills processes',
  ),
};

const HTTP = {
  HOST: defaulted(listensOn, '127.0.0.1', 'The address that serves customers. The image listens on 0.0.0.0.'),
  PORT: defaulted(port, 3000, 'The port that serves customers; 0 takes a free one.'),
  OPS_HOST: defaulted(
    listensOn,
    '127.0.0.1',
    'The address that serves health and metrics. The image listens on 0.0.0.0: never publish it.',
  ),
  OPS_PORT: defaulted(port, 9464, 'The port that serves health and metrics; 0 takes a free one.'),
  PUBLIC_URL: defaulted(
    url('http', 'https'),
    'http://127.0.0.1:3000',
    'Where customers reach the application; links in mails begin with it.',
  ),
  TRUSTED_PROXIES: defaulted(
    addressRanges(),
    [],
    'Proxies whose `X-Forwarded-For` is believed. Without any, the address of the connection counts.',
  ),
};

const DATABASE = {
  DATABASE_URL: required(
    postgresUrl,
    'PostgreSQL, through a pooler in transaction mode. Contexts sign in with roles of their own.',
  ),
  DATABASE_DIRECT_URL: derived(
    postgresUrl,
    'the value of `DATABASE_URL`',
    'The primary without the pooler, as a role that may change the schema: for migrations and operators.',
  ),
  DATABASE_REPLICA_URLS: defaulted(
    urls('postgres', 'postgresql'),
    [],
    'A pooler entry for each replica. Without any, the primary answers every read.',
  ),
  DATABASE_REPLICA_LAG_MAX_MS: defaulted(
    integer(100, 20_000),
    10_000,
    'A replica that is further behind answers no read until it has caught up.',
  ),
  DATABASE_CONNECTION_BUDGET: defaulted(
    integer(1, 1_000_000),
    2_000,
    'Connections that the whole fleet may hold, to primary and replicas together: at most what the pooler takes. ' +
      'An instance that would exceed it is refused.',
  ),
  DATABASE_ACQUIRE_TIMEOUT_MS: defaulted(
    integer(50, 30_000),
    900,
    'How long a request waits for a connection while its pool returns none; then 503.',
  ),
  DATABASE_WAIT_MAX_MS: defaulted(
    integer(50, 30_000),
    5_000,
    'How long a request waits at most while its pool does return some. ' +
      'Reads of the catalog wait for `DATABASE_ACQUIRE_TIMEOUT_MS` alone.',
  ),
  DATABASE_ANSWER_TIMEOUT_MS: defaulted(
    integer(100, 600_000),
    12_000,
    'A connection whose server has not answered a statement for so long is closed: longer than a statement (5 s) and ' +
      'its wait in the pooler (5 s) may take.',
  ),
  REAP_INTERVAL_SECONDS: defaulted(
    integer(1, 86_400),
    30,
    'How often rows that have outlived their retention are deleted.',
  ),
  DATABASE_APP_PASSWORD: derived(
    secret(8),
    'unused',
    'Of the login role that is a member of all context roles; only the migrations set it, only operators use it.',
  ),
};

/** @type {Record<DatabaseContext, number>} */
const POOL_SIZES = { catalog: 6, account: 4, payments: 6, platform: 4 };

/**
 * How a context signs in to the database.
 * @typedef {{ [C in DatabaseContext as `DATABASE_${Uppercase<C>}_USER`]: DefaultedVariable<string> } & {
 *   [C in DatabaseContext as `DATABASE_${Uppercase<C>}_PASSWORD`]: RequiredVariable<string> } & {
 *   [C in DatabaseContext as `DATABASE_${Uppercase<C>}_POOL_SIZE`]: DefaultedVariable<number> }} SignInVariables
 */

const SIGN_IN = /** @type {SignInVariables} */ (
  Object.fromEntries(Object.entries(POOL_SIZES).flatMap(([context, poolSize]) => signIn(context, poolSize)))
);

const REDIS = {
  REDIS_URL: required(redisUrls, 'For queues and limits; must never evict.'),
  REDIS_CACHE_URL: derived(
    redisUrls,
    'the value of `REDIS_URL`',
    'For the shared cache; should evict the least recently used.',
  ),
  CACHE_MEMORY_BYTES_MAX: defaulted(
    integer(0, 8_589_934_592),
    33_554_432,
    'Bytes of the catalog that each process keeps in memory; 0 keeps nothing.',
  ),
  CACHE_WARM_ITEMS_MAX: defaulted(
    integer(0, 10_000_000),
    300_000,
    'How many items, the most popular first, the worker keeps in the shared cache.',
  ),
};

const PAYMENTS = {
  PAYMENT_PROVIDER_URL: required(url('http', 'https'), "The payment provider's API."),
  PAYMENT_PROVIDER_KEY: required(secret(8), 'Our key at the provider.'),
  PAYMENT_PROVIDER_TIMEOUT_MS: defaulted(
    integer(100, 30_000),
    5_000,
    'How long one call to the provider may take; after it the outcome is unknown and is found out later.',
  ),
  PAYMENT_WEBHOOK_SECRET: required(
    secrets(8, 'one secret of at least 8 characters, or two during a rotation, separated by a comma'),
    "What the provider's events are signed with.",
  ),
  PAYMENT_EXPIRES_AFTER_SECONDS: defaulted(
    integer(30, 86_400),
    600,
    'A payment that is still pending by then is undone.',
  ),
};

const MAIL = {
  SMTP_URL: required(url('smtp', 'smtps'), 'The mail server that sends our mails.'),
  MAIL_FROM: defaulted(
    matching(MAIL_ADDRESS, 'a mail address, for example shop@example.com or Shop <shop@example.com>'),
    'Bulwark <no-reply@bulwark.example>',
    'The sender of every mail.',
  ),
};

const LIMITS = {
  RATE_LIMIT_PER_ADDRESS: defaulted(integer(1, 1e12), 100, 'Requests a second from one source address; then 429.'),
  RATE_LIMIT_PER_ADDRESS_BURST: derived(
    integer(1, 1e12),
    'twice `RATE_LIMIT_PER_ADDRESS`',
    'How many of them may come at once.',
  ),
  LOGIN_FAILURE_WINDOW_SECONDS: defaulted(integer(1, 86_400), 900, 'How long a failed login counts.'),
  LOGIN_BACKOFF_FROM: defaulted(integer(1, 1_000), 3, 'Failed logins of an account from which on it has to wait.'),
  LOGIN_BACKOFF_MAX_SECONDS: defaulted(integer(1, 86_400), 900, 'The longest such wait; it doubles from 1 s on.'),
  LOGIN_ADDRESS_REFUSE_FROM: defaulted(
    integer(1, 1_000_000),
    100,
    'Failed logins from one address, over all accounts, from which on it is refused.',
  ),
};

const IDENTITY = {
  ACCESS_TOKEN_TTL_SECONDS: defaulted(integer(5, 3_600), 600, 'How long an access token is valid.'),
  REFRESH_TOKEN_TTL_SECONDS: defaulted(
    integer(60, 31_536_000),
    2_592_000,
    'How long a session lives, however it is used.',
  ),
  PASSWORD_HASH_CONCURRENCY: defaulted(integer(1, 64), 1, 'Passwords that each process hashes at once.'),
  PASSWORD_HASH_QUEUE_MAX: defaulted(integer(0, 10_000), 256, 'Password checks that may wait for that; then 503.'),
};

/** Every variable, in the sections and the order of `docker/variables.md`. */
export const VARIABLE_SECTIONS = {
  Process: PROCESS,
  HTTP,
  Database: { ...DATABASE, ...SIGN_IN },
  'Redis and cache': REDIS,
  Payments: PAYMENTS,
  Mail: MAIL,
  Limits: LIMITS,
  Identity: IDENTITY,
  'Only `npm run up`': LAUNCHER,
  'Payment sandbox and mail sink': STAND_INS,
};

/** Every variable by its name: the one place that says what may be set, and to what. */
export const VARIABLES = {
  ...PROCESS,
  ...HTTP,
  ...DATABASE,
  ...SIGN_IN,
  ...REDIS,
  ...PAYMENTS,
  ...MAIL,
  ...LIMITS,
  ...IDENTITY,
  ...LAUNCHER,
  ...STAND_INS,
};

/**
 * @param {string} context
 * @param {number} poolSize
 * @returns {[string, Variable][]}
 */
function signIn(context, poolSize) {
  const prefix = `DATABASE_${context.toUpperCase()}`;
  const role = matching(/^[a-z_][a-z0-9_]{0,62}$/, 'the name of a database role');
  return [
    [`${prefix}_USER`, defaulted(role, `bulwark_${context}`, `The role of the context ${context}.`)],
    [`${prefix}_PASSWORD`, required(secret(8), 'Its password. The migrations set it in the database.')],
    [`${prefix}_POOL_SIZE`, defaulted(integer(1, 500), poolSize, 'Connections that each process may hold for it.')],
  ];
}
