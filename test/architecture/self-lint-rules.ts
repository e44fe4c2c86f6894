import type { SourceFile } from '../support/source-files.js';
import { sessionStateOf } from '../support/sql/session-state.js';
import { NAMES_CONTEXTS, contextWordsOf } from './context-words.js';
import { longFunctions } from './long-functions.js';

/** A rule of the house that no linter that we use has. */
export interface SelfLintRule {
  name: string;
  /** The reason, for a reader who breaks the rule. */
  because: string;
  /** The offending passages of one file. */
  find: (file: SourceFile) => string[];
  /** A file that must make the rule fire. */
  planted: SourceFile;
  /** Other texts that must make it fire in the same place, and files that must make it fire in theirs. */
  alsoPlanted?: readonly (string | SourceFile)[];
}

const LINES_MAX = 300;
const FUNCTION_LINES_MAX = 70;
const COLUMNS_MAX = 120;
const isSpec = (path: string): boolean => path.endsWith('.spec.ts');
/** The product, and the tools that measure it. */
const inSource = (path: string): boolean => /^(src|test\/(drills|bench|load))\//.test(path) && !isSpec(path);
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[0].trim());
const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
const literals = (text: string): string[] =>
  [...withoutComments(text).matchAll(/`[^`]*`|'[^'\n]*'|"[^"\n]*"/g)].map((match) => match[0]);
/** One expression that matches what any of the given ones does. */
function anyOf(flags: string, patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), flags);
}
const quoted = (text: string): string => literals(text).join('\n');

/**
 * Files that start processes and must hand on or prepare an environment; a drill starts a whole system, as the launcher
 * does.
 */
const READS_ENVIRONMENT = /^(src\/(platform\/config|launcher)\/|test\/load\/spawn-instance\.ts$)/;
/** Baselines of the bench and an unprotected drill are stores without a policy, which is what they are for. */
const MEASURES_STORES = /^test\/(bench|drills\/unprotected)\//;
const CONTEXTS = ['catalog', 'account', 'payments', 'platform'];
/** The task itself, and a check of a pool's waiters, which waits for no other system. */
const KEEPS_TIME = /^src\/platform\/(background\/|database\/pool-wait-timeout\.ts$)/;
/** Migrations have a connection of their own, on the direct URL, and put back what they set. */
const OWN_CONNECTION = /^src\/platform\/database\/migration-locks\.ts$/;
const SESSION_SETTING = anyOf('gim', [
  /(^|[`'";]\s*)(SET\s+(?!LOCAL\b)(SESSION\b|[a-z_.]+\s*(=|TO\b))|LISTEN\s|UNLISTEN\b|PREPARE\s|DISCARD\s)[^\n]*/,
  /pg_(try_)?advisory_lock(_shared)?\(.*/,
]);
const STARTUP_PARAMETER = anyOf('g', [
  /\b((statement|lock|idle_in_transaction_session|idle_session|transaction)_timeout)(\s*:|=).*/,
  /\.set\('(options|\w+_timeout)'.*/,
  /\boptions\s*:\s*['"`-].*/,
  /[?&]options=.*/,
]);
const STORES = 'cache|caches|memory|store|stores|cacheManager|redis';
const STORE_ACCESS = new RegExp(String.raw`\b\w*(${STORES})\??\.(get|set|del|delete|wrap|mget|mset|mdel)\(.*`, 'gi');
const FUNCTION_FILE = /^migrations\/functions\/([a-z]+)\.[a-z_]+\.sql$/;
const withoutSqlComments = (text: string): string => text.replaceAll(/--.*$/gm, '');
const PARTITIONED = /\b(FROM|JOIN|UPDATE|INTO)\s+payments\.(payments|payment_lines|refunds)\b/i;

export const SELF_LINT_RULES: readonly SelfLintRule[] = [
  {
    name: 'environment-is-read-in-config',
    because: 'A variable read elsewhere is neither validated nor documented.',
    find: ({ path, text }) =>
      inSource(path) && !READS_ENVIRONMENT.test(path) ? matches(withoutComments(text), /process\.env\b.*/g) : [],
    planted: { path: 'src/modules/catalog/read-item.ts', text: 'const size = process.env.PAGE_SIZE;' },
  },
  {
    name: 'nothing-left-open',
    because: 'What is not done is said in an issue, not in a comment that is never read again.',
    find: ({ path, text }) => (path.includes('self-lint') ? [] : matches(text, /\b(TODO|FIXME|XXX)\b.*/g)),
    planted: { path: 'src/main.ts', text: '// TODO: later' },
  },
  {
    name: 'files-stay-small',
    because: `A file over ${LINES_MAX} lines has more than one purpose.`,
    find: ({ path, text }) =>
      inSource(path) && text.split('\n').length > LINES_MAX + 1 ? [`${text.split('\n').length} lines`] : [],
    planted: { path: 'src/main.ts', text: '\n'.repeat(LINES_MAX + 5) },
  },
  {
    name: 'lines-fit-the-width',
    because: 'Prettier breaks neither comments nor strings; their author has to.',
    find: ({ text }) =>
      text
        .split('\n')
        .filter((line) => line.length > COLUMNS_MAX)
        .map((line) => `${line.trim().slice(0, 60)}… has ${line.length} columns`),
    planted: { path: 'src/main.ts', text: `// ${'a'.repeat(COLUMNS_MAX)}` },
    alsoPlanted: [`const text = '${'a'.repeat(COLUMNS_MAX)}';`, `${'  '.repeat(COLUMNS_MAX / 2)};`],
  },
  {
    name: 'functions-stay-short',
    because: `A function over ${FUNCTION_LINES_MAX} lines does more than one thing; its parts have no names yet.`,
    find: (file) =>
      inSource(file.path) || file.path.startsWith('migrations/') ? longFunctions(file, FUNCTION_LINES_MAX) : [],
    planted: { path: 'src/main.ts', text: `function long() {${'\n'.repeat(FUNCTION_LINES_MAX)}}` },
    alsoPlanted: [
      `const long = () => {${'\n'.repeat(FUNCTION_LINES_MAX)}};`,
      `export default async function () {${'\n'.repeat(FUNCTION_LINES_MAX)}}`,
      `class A { constructor() {${'\n'.repeat(FUNCTION_LINES_MAX)}} }`,
      `class A { static async *long(): AsyncGenerator {${'\n'.repeat(FUNCTION_LINES_MAX)}} }`,
      `class A { get long() {${'\n'.repeat(FUNCTION_LINES_MAX)}} }`,
      `class A { long = async () => {${'\n'.repeat(FUNCTION_LINES_MAX)}} }`,
      `const a = { long() {${'\n'.repeat(FUNCTION_LINES_MAX)}} };`,
      `call(function () { return () => {${'\n'.repeat(FUNCTION_LINES_MAX)}}; });`,
      `const list = () => [${'\n'.repeat(FUNCTION_LINES_MAX)}];`,
    ],
  },
  {
    name: 'platform-names-no-context',
    because: 'A capability that names a context is a part of it that lives elsewhere.',
    find: (file) => (NAMES_CONTEXTS.some(({ path }) => path.test(file.path)) ? [] : contextWordsOf(file)),
    planted: { path: 'src/platform/outbox/relay.ts', text: "const payments = 'of a context';" },
    alsoPlanted: [
      'function refundTimeout() {}',
      'const leaseMs = config.payments.providerTimeoutMs * 2;',
      "import Stripe from 'stripe';",
      '`SELECT 1 FROM payments.payments`',
      "@RequiresRole('finance')",
      "type Kind = 'catalog-items';",
    ],
  },
  {
    name: 'errors-are-not-swallowed',
    because: 'An empty catch hides the one message that would have explained the outage.',
    find: ({ path, text }) => (inSource(path) ? matches(text, /catch\s*(\([^)]*\))?\s*\{\s*\}/g) : []),
    planted: { path: 'src/main.ts', text: 'try { a(); } catch (error) { }' },
  },
  {
    name: 'repeated-work-is-a-repeating-task',
    because: 'A timer of its own has no deadline, and its runs pile up while a database is slow.',
    find: ({ path, text }) =>
      /^src\/(modules|platform)\//.test(path) && !isSpec(path) && !KEEPS_TIME.test(path)
        ? matches(withoutComments(text), /\bsetInterval\(.*/g)
        : [],
    planted: { path: 'src/platform/outbox/relay.ts', text: 'setInterval(() => void this.poll(), 100);' },
  },
  {
    name: 'no-drawer-folders',
    because: 'common, shared and utils are where things go that have no owner.',
    find: ({ path }) => matches(path, /(^|\/)(common|shared|utils|helpers|libs?|core)\//g),
    planted: { path: 'src/platform/utils/strings.ts', text: '' },
  },
  {
    name: 'index-names-each-export',
    because: 'A public surface is a promise: each name in it is meant.',
    find: ({ path, text }) => (path.endsWith('/index.ts') ? matches(text, /export \*.*/g) : []),
    planted: { path: 'src/modules/catalog/index.ts', text: "export * from './read-item.js';" },
  },
  {
    name: 'one-index-a-module',
    because: 'A barrel inside a module makes cycles.',
    find: ({ path }) =>
      path.startsWith('src/') && path.endsWith('/index.ts') && !/^src\/(modules|platform)\/[^/]+\/index\.ts$/.test(path)
        ? [path]
        : [],
    planted: { path: 'src/modules/catalog/domain/index.ts', text: '' },
  },
  {
    name: 'stores-are-touched-in-cache-only',
    because:
      'A get and set of its own has no bound, no single flight and no version; `read` is the only way (ADR 021).',
    find: ({ path, text }) =>
      inSource(path) && !MEASURES_STORES.test(path) && !path.startsWith('src/platform/cache/')
        ? matches(withoutComments(text), STORE_ACCESS)
        : [],
    planted: { path: 'src/modules/catalog/read-item.ts', text: 'const held = await this.cache.get(key);' },
  },
  {
    name: 'no-session-state',
    because: 'Behind a transaction-mode pooler it leaks to other clients or is lost (ADR 014).',
    find: ({ path, text }) =>
      inSource(path) && !OWN_CONNECTION.test(path)
        ? [...matches(quoted(text), SESSION_SETTING), ...statefulSql(text)]
        : [],
    planted: {
      path: 'src/modules/catalog/persistence/items.ts',
      text: "await tx.query('SELECT pg_advisory_lock(1)');",
    },
    alsoPlanted: [
      "tx.query('set work_mem = 1')",
      'tx.query(`SET ROLE bulwark_catalog`)',
      "tx.query('RESET ALL')",
      "tx.query('LISTEN changes')",
      "tx.query('DISCARD ALL')",
      "tx.query('PREPARE one AS SELECT 1')",
      "tx.query('DEALLOCATE one')",
      'tx.query("SELECT set_config(\'work_mem\', $1, false)", [size])',
      "tx.query('DECLARE c CURSOR WITH HOLD FOR SELECT 1')",
      'tx.query(`CREATE TEMP TABLE t (a int)`)',
      "tx.query(`LOAD 'auto_explain'`)",
      'tx.query(`SELECT 1;\n  SELECT pg_try_advisory_lock(${key})`)',
    ],
  },
  {
    name: 'no-startup-parameters',
    because: 'A pooler refuses the connection; timeouts are settings of the role.',
    find: ({ path, text }) =>
      inSource(path) && !path.startsWith('src/launcher/') ? matches(withoutComments(text), STARTUP_PARAMETER) : [],
    planted: { path: 'src/platform/database/pool.ts', text: 'new Pool({ statement_timeout: 5000 })' },
    alsoPlanted: [
      'new Pool({ lock_timeout: limits.lockMs })',
      "new Pool({ options: '-c work_mem=1MB' })",
      "url + '?options=-c%20work_mem'",
      "url.searchParams.set('statement_timeout', '1')",
      'new Client({ idle_session_timeout: 1 })',
    ],
  },
  {
    name: 'no-named-statements',
    because: 'A named prepared statement lives in one server connection; the next transaction gets another.',
    find: ({ path, text }) =>
      inSource(path)
        ? matches(withoutComments(text), /\b(query|Query|Cursor|QueryStream)\(\s*\{[^}]*\bname\s*[:,}].*/g)
        : [],
    planted: {
      path: 'src/modules/catalog/persistence/items.ts',
      text: "client.query({ name: 'item', text: 'SELECT 1' })",
    },
    alsoPlanted: [
      "client.query({ text: 'SELECT 1', name: 'item' })",
      'client.query({\n  text,\n  name,\n})',
      "new Query({ text: 'SELECT 1', name })",
    ],
  },
  {
    name: 'no-offset',
    because: 'OFFSET reads and throws away every row before the page; lists are keyset.',
    find: ({ path, text }) => (inSource(path) ? matches(quoted(text), /\bOFFSET\s+[$\d:].*/g) : []),
    planted: {
      path: 'src/modules/catalog/persistence/items.ts',
      text: "query('SELECT 1 FROM items LIMIT 10 OFFSET $1')",
    },
  },
  {
    name: 'own-schema-only',
    because: "A context that reads another's tables cannot be changed or moved without it.",
    find: ({ path, text }) => foreignTables(path, text),
    planted: {
      path: 'src/modules/payments/persistence/payments.ts',
      text: "query('SELECT price_minor FROM catalog.items')",
    },
    alsoPlanted: [
      { path: 'migrations/1-payments-first.ts', text: '`ALTER TABLE x ADD FOREIGN KEY (y) REFERENCES catalog.items`' },
      ...[
        'SELECT FROM payments.payments',
        'SELECT FROM items AS i, payments.refunds AS r',
        'INSERT INTO payments.refunds (id) VALUES (p_id)',
        "EXECUTE 'DELETE FROM payments.refunds'",
        'DECLARE v_payment payments.payments%ROWTYPE',
      ].map((text) => ({ path: 'migrations/functions/catalog.reserve_stock.sql', text })),
    ],
  },
  {
    name: 'partition-key-in-every-query',
    because: 'Without the account a statement visits every partition, and on a distributed database every machine.',
    find: ({ path, text }) =>
      statementsIn(path, text).filter((sql) => PARTITIONED.test(sql) && !/account_id/.test(sql)),
    planted: {
      path: 'src/modules/payments/persistence/payments.ts',
      text: "query('SELECT 1 FROM payments.payments WHERE id = $1')",
    },
    alsoPlanted: [
      {
        path: 'migrations/functions/payments.record_capture.sql',
        text: 'BEGIN\n PERFORM account_id; UPDATE payments.payments SET status = p_status WHERE id = p_id;\nEND',
      },
    ],
  },
];

/** The texts of a source file that may be SQL; of a function of the database each statement. */
function statementsIn(path: string, text: string): string[] {
  if (FUNCTION_FILE.test(path)) return withoutSqlComments(text).split(';');
  return inSource(path) ? [...withoutComments(text).matchAll(/`[^`]*`|'[^'\n]*'/g)].map((match) => match[0]) : [];
}

function foreignTables(path: string, text: string): string[] {
  const owner = [/^src\/modules\/([^/]+)\//, /^src\/(platform)\//, /^migrations\/\d+-([a-z]+)-/, FUNCTION_FILE]
    .map((place) => place.exec(path)?.[1])
    .find((name) => name !== undefined);
  if (!owner || isSpec(path)) return [];
  const others = CONTEXTS.filter((context) => context !== owner).join('|');
  // A function may call what another context publishes, and name nothing else of it.
  if (FUNCTION_FILE.test(path))
    return matches(
      withoutSqlComments(text),
      new RegExp(String.raw`\b(INTO\s+)(${others})\.[a-z_]+|\b(${others})\.[a-z_]+\b(?!\s*\()`, 'gi'),
    );
  return matches(
    quoted(text),
    new RegExp(String.raw`\b(FROM|JOIN|UPDATE|INTO|TABLE|VIEW|REFERENCES|ON)\s+(${others})\.[a-z_]+`, 'gi'),
  );
}

/** SQL words are written in capitals here: in others they begin a sentence. */
function statefulSql(text: string): string[] {
  return literals(text)
    .flatMap((literal) => sessionStateOf(literal.slice(1, -1), true))
    .filter(({ statement }) => /^[A-Z]{3,}\b/.test(statement))
    .map(({ statement, why }) => `${why}: ${statement}`);
}
