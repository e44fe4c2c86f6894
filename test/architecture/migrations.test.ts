import { sqlFiles } from '../support/source-files.js';
import { faultsOfFunctionFile, recordFunctions } from '../support/sql/function-files.js';
import { outOfPlace } from '../support/sql/own-transactions.js';
import { recordMigrations, type RecordedMigration } from '../support/sql/recorded-migrations.js';
import { sessionStateOf } from '../support/sql/session-state.js';
import { squawk, SWITCHED_OFF } from '../support/sql/squawk.js';

/** What is harmless for a reason that squawk cannot see. */
const EXCEPTIONS: Readonly<Record<string, readonly { rule: string; because: string }[]>> = {};

const planted = (sql: string, isTransactional = true): RecordedMigration => ({
  file: 'planted.ts',
  sql: `${sql};\n`,
  isTransactional,
});

describe('the migrations', () => {
  let migrations: RecordedMigration[];

  beforeAll(async () => {
    migrations = await recordMigrations();
  });

  it('are all read, with what they execute', () => {
    expect(migrations.length).toBeGreaterThanOrEqual(8);
    expect(migrations.filter(({ sql }) => sql.trim() === ';')).toEqual([]);
    expect(migrations.find(({ file }) => file.includes('payments-baseline'))?.sql).toContain('PARTITION BY HASH');
  });

  it('block no reader and no writer, as squawk reports', () => {
    const found = squawk(migrations).filter(
      ({ file, rule }) => !EXCEPTIONS[file]?.some((known) => known.rule === rule),
    );
    expect(found).toEqual([]);
  });

  it('are excepted for what is really in them', () => {
    const found = squawk(migrations).map(({ file, rule }) => `${file} ${rule}`);
    const known = Object.entries(EXCEPTIONS).flatMap(([file, rules]) => rules.map(({ rule }) => `${file} ${rule}`));
    expect(known.filter((one) => !found.includes(one))).toEqual([]);
  });

  it('leave no session state', () => {
    const found = migrations.flatMap(({ file, sql, isTransactional }) =>
      sessionStateOf(sql, isTransactional).map(({ statement, why }) => `${file}: ${why}: ${statement}`),
    );
    expect(found).toEqual([]);
  });

  it('do nothing outside a transaction but what is concurrent and can be done again', () => {
    expect(migrations.flatMap((migration) => outOfPlace(migration))).toEqual([]);
  });
});

describe('the functions of the database', () => {
  const functions = recordFunctions();

  it('are all read', () => {
    expect(functions.length).toBeGreaterThanOrEqual(19);
    expect(functions.map(({ file }) => file)).toContain('functions/catalog.reserve_stock.sql');
  });

  it('are one a file, and can be applied again and again', () => {
    expect(
      sqlFiles('migrations').flatMap((file) => faultsOfFunctionFile(file).map((fault) => `${file.path} ${fault}`)),
    ).toEqual([]);
  });

  it('block no request while they are applied, says squawk', () => {
    expect(squawk(functions)).toEqual([]);
  });

  it('leave no session state', () => {
    expect(functions.flatMap(({ file, sql }) => sessionStateOf(sql, true).map(({ why }) => `${file}: ${why}`))).toEqual(
      [],
    );
  });
});

describe('a planted function', () => {
  const head = '-- Decides something.\nCREATE OR REPLACE FUNCTION catalog.f(a integer) RETURNS integer LANGUAGE sql AS';
  const good = `${head} $$ SELECT 1 $$;\nREVOKE ALL ON FUNCTION catalog.f(integer) FROM PUBLIC;\n`;
  const faults = (text: string, name = 'catalog.f') =>
    faultsOfFunctionFile({ path: `migrations/functions/${name}.sql`, text });

  it('passes when it is one function with its grants', () => {
    expect(faults(good)).toEqual([]);
    expect(squawk([{ ...planted(good), file: 'functions/catalog.f.sql' }])).toEqual([]);
  });

  it.each([
    ['no head', good.replace('-- Decides something.\n', '')],
    ['no OR REPLACE', good.replace('OR REPLACE ', '')],
    ['another name than its file', good.replaceAll('catalog.f', 'catalog.g')],
    ['a transaction of its own', `${good}COMMIT;`],
    ['a trigger', `${good}CREATE TRIGGER t AFTER INSERT ON catalog.items EXECUTE FUNCTION catalog.f();`],
    [
      'a second function',
      `${good}CREATE OR REPLACE FUNCTION catalog.g() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;`,
    ],
    ['a grant on another function', `${good}GRANT EXECUTE ON FUNCTION catalog.g() TO bulwark_payments;`],
    ['a grant on a table', `${good}GRANT SELECT ON catalog.items TO bulwark_payments;`],
    ['a change of a table', `ALTER TABLE catalog.items ADD COLUMN note text;\n${good}`],
    ['a dropped function', `DROP FUNCTION catalog.f(integer);\n${good}`],
  ])('is refused with %s', (_what, text) => {
    expect(faults(text)).not.toEqual([]);
  });

  it.each(['other.f', 'catalog.F', 'f'])('is refused under the name %s.sql', (name) => {
    expect(faults(good, name)).toHaveLength(1);
  });

  it.each([
    "$$ BEGIN PERFORM set_config('lock_timeout', '1s', false); END $$",
    '$$ BEGIN PERFORM pg_advisory_lock(1); END $$',
    '$$ BEGIN CREATE TEMP TABLE t AS SELECT 1; END $$',
    "$$ BEGIN SET lock_timeout = '1s'; END $$",
  ])('is refused session state: %s', (body) => {
    expect(sessionStateOf(`${head} ${body};`, true)).toHaveLength(1);
  });

  it('is linted by squawk under its own name', () => {
    const file = 'functions/catalog.f.sql';
    expect(squawk([{ ...planted('DROP TABLE catalog.items'), file }]).map((found) => found.file)).toEqual([file]);
  });
});

describe('a planted migration', () => {
  it.each([
    ['adding-required-field', 'ALTER TABLE payments.payments ADD COLUMN note text NOT NULL'],
    ['require-concurrent-index-creation', 'CREATE INDEX items_by_brand ON catalog.items (brand)'],
    ['require-concurrent-index-deletion', 'DROP INDEX catalog.items_by_brand'],
    ['constraint-missing-not-valid', 'ALTER TABLE catalog.items ADD CONSTRAINT priced CHECK (price_minor > 0)'],
    [
      'adding-foreign-key-constraint',
      'ALTER TABLE catalog.items ADD CONSTRAINT owned FOREIGN KEY (owner) REFERENCES catalog.owners (id)',
    ],
    ['changing-column-type', 'ALTER TABLE catalog.items ALTER COLUMN title TYPE varchar(20)'],
    ['renaming-column', 'ALTER TABLE catalog.items RENAME COLUMN title TO name'],
    ['renaming-table', 'ALTER TABLE catalog.items RENAME TO things'],
    ['adding-not-nullable-field', 'ALTER TABLE catalog.items ALTER COLUMN brand SET NOT NULL'],
    ['ban-drop-column', 'ALTER TABLE catalog.items DROP COLUMN brand'],
    ['ban-drop-table', 'DROP TABLE catalog.items'],
    [
      'ban-concurrent-index-creation-in-transaction',
      'ALTER TABLE catalog.items ADD COLUMN note text; ' +
        'CREATE INDEX CONCURRENTLY IF NOT EXISTS items_by_brand ON catalog.items (brand)',
    ],
  ])('is found by %s', (rule, sql) => {
    expect(squawk([planted(sql)]).map((finding) => finding.rule)).toContain(rule);
    expect(Object.keys(SWITCHED_OFF)).not.toContain(rule);
  });

  it.each([
    'ALTER TABLE catalog.items ADD COLUMN note text',
    'LOCK TABLE catalog.items',
    'CREATE INDEX CONCURRENTLY a ON catalog.items (brand)',
    'UPDATE catalog.items SET brand = NULL',
  ])('does not pass without a transaction: %s', (sql) => {
    expect(outOfPlace(planted(sql, false))).toHaveLength(1);
  });

  it('passes when it is made for a running application', () => {
    const good = [
      planted('ALTER TABLE catalog.items ADD COLUMN note text'),
      planted("ALTER TABLE catalog.items ADD COLUMN kind text NOT NULL DEFAULT 'thing'"),
      planted('ALTER TABLE catalog.items ADD CONSTRAINT priced CHECK (price_minor > 0) NOT VALID'),
      planted('ALTER TABLE catalog.items VALIDATE CONSTRAINT priced', false),
      planted('CREATE INDEX CONCURRENTLY IF NOT EXISTS items_by_brand ON catalog.items (brand)', false),
    ];
    expect(squawk(good)).toEqual([]);
    expect(good.flatMap((migration) => outOfPlace(migration))).toEqual([]);
  });

  it.each([
    'SELECT pg_advisory_lock(1)',
    "SET lock_timeout = '1s'",
    'CREATE TEMP TABLE old AS SELECT 1',
    'LISTEN changes',
  ])('is refused session state: %s', (sql) => {
    expect(sessionStateOf(sql, true)).toHaveLength(1);
  });
});
