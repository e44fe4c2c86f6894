import { outOfPlace } from '../support/sql/own-transactions.js';
import { recordMigrations, type RecordedMigration } from '../support/sql/recorded-migrations.js';
import { sessionStateOf } from '../support/sql/session-state.js';
import { squawk, SWITCHED_OFF } from '../support/sql/squawk.js';

/**
 * What landed before this rule, in tables that no release had filled, and what is harmless for a reason that squawk
 * cannot see.
 */
const EXCEPTIONS: Readonly<Record<string, readonly { rule: string; because: string }[]>> = {
  '1000000001600-platform-mortal-keys.ts': [
    {
      rule: 'require-concurrent-index-deletion',
      because: 'replaces an index of a table that the same release has made',
    },
    { rule: 'require-concurrent-index-creation', because: 'the same' },
  ],
  '1000000001970-platform-events-by-time.ts': [
    { rule: 'renaming-table', because: 'the partitioned table takes the name in the same transaction' },
  ],
  '1000000004200-payments-provider-events.ts': [
    {
      rule: 'require-concurrent-index-creation',
      because: 'on a partitioned table, which has no concurrent build, of the same release',
    },
  ],
  '1000000004600-payments-sales-shards.ts': [
    { rule: 'constraint-missing-not-valid', because: 'a few rows a day, in a table of the same release' },
    { rule: 'adding-serial-primary-key-field', because: 'the same' },
  ],
};

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

  it('are all looked at, with what they execute', () => {
    expect(migrations.length).toBeGreaterThanOrEqual(18);
    expect(migrations.filter(({ sql }) => sql.trim() === ';')).toEqual([]);
    expect(migrations.find(({ file }) => file.includes('payments-payments'))?.sql).toContain('PARTITION BY HASH');
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
