import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshStart, query, withOwner } from '../support/fresh-start.js';
import { migrate, MIGRATIONS, takeBack } from '../support/migrate.js';
import { runCli } from '../support/run-cli.js';
import { testServices } from '../support/services.js';

/** Beside the build, so that its imports resolve. */
const CHANGED = `${MIGRATIONS}-changed`;
const FORMER = 'takes 1 to 100 lines';

/** A build that differs from ours in one function. */
function change(name: string, from: string, to: string): void {
  const path = join(CHANGED, 'functions', `${name}.sql`);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replaceAll(from, to));
}

const definitionOf = async (name: string): Promise<string> =>
  (await query<{ text: string }>('SELECT pg_get_functiondef($1::regproc) AS text', [name]))[0]?.text ?? '';
const appliedFunctions = () =>
  query('SELECT name, checksum, applied_at FROM platform.repeatable_migrations ORDER BY name');
/** Everything of the schema, except that columns have other numbers in a table that was altered. */
const schema = () =>
  query(
    `SELECT 'relation' AS kind, oid::regclass::text AS name, format('%s %s', relkind, relacl) AS what
      FROM pg_class WHERE relnamespace::regnamespace::text IN ('catalog', 'account', 'payments', 'platform', 'audit')
     UNION ALL SELECT 'constraint', format('%s.%s', conrelid::regclass, conname), pg_get_constraintdef(oid)
     FROM pg_constraint WHERE connamespace::regnamespace::text IN ('catalog', 'account', 'payments', 'platform')
     UNION ALL SELECT 'trigger', format('%s.%s', tgrelid::regclass, tgname), pg_get_triggerdef(oid)
     FROM pg_trigger WHERE NOT tgisinternal
     UNION ALL SELECT 'function', oid::regprocedure::text,
       format('%s %s %s', proowner::regrole, proacl, pg_get_functiondef(oid)) FROM pg_proc
       WHERE pronamespace::regnamespace::text IN ('catalog', 'account', 'payments', 'platform')
     ORDER BY 1, 2, 3`,
  );

beforeEach(async () => {
  await freshStart();
  rmSync(CHANGED, { recursive: true, force: true });
  cpSync(MIGRATIONS, CHANGED, { recursive: true });
});

afterAll(() => rmSync(CHANGED, { recursive: true, force: true }));

describe('a function of the database', () => {
  it('is applied once when its file has changed, and again only after the next change', async () => {
    expect(await migrate(CHANGED)).toEqual({ migrations: [], functions: [], isOlderBuild: false });
    change('catalog.reserve_stock', FORMER, 'takes up to 100 lines');
    expect((await migrate(CHANGED)).functions).toEqual(['catalog.reserve_stock']);
    expect(await definitionOf('catalog.reserve_stock')).toContain('takes up to 100 lines');
    expect((await migrate(CHANGED)).functions).toEqual([]);
    change('catalog.reserve_stock', 'takes up to 100 lines', FORMER);
    expect((await migrate(CHANGED)).functions).toEqual(['catalog.reserve_stock']);
    expect(await definitionOf('catalog.reserve_stock')).toContain(FORMER);
  });

  it('keeps owner and grants when it is applied again', async () => {
    const before = await schema();
    change('catalog.reserve_stock', '-- The rule about', '-- The present rule about');
    expect((await migrate(CHANGED)).functions).toEqual(['catalog.reserve_stock']);
    expect(await schema()).toEqual(before);
  });

  it('stays as it was, with all others, when one file is broken', async () => {
    const [before, applied] = [await schema(), await appliedFunctions()];
    change('catalog.reserve_stock', FORMER, 'takes up to 100 lines');
    change('platform.store_answer', 'SET state', 'SETS state');
    await expect(migrate(CHANGED)).rejects.toThrow(
      /platform\.store_answer\.sql was refused, and no function was changed: syntax error/,
    );
    expect(await schema()).toEqual(before);
    expect(await appliedFunctions()).toEqual(applied);
  });

  it('is refused another result, and the message names the way', async () => {
    change('catalog.reserve_stock', 'short boolean, reserved boolean)', 'short boolean, reserved boolean, note text)');
    await expect(migrate(CHANGED)).rejects.toThrow(/need a migration \(CONTRIBUTING/);
  });

  it('is applied by one of several instances that migrate at once', async () => {
    change('catalog.reserve_stock', FORMER, 'takes up to 100 lines');
    const runs = await Promise.all([migrate(CHANGED), migrate(CHANGED), migrate(CHANGED)]);
    expect(runs.flatMap(({ functions }) => functions)).toEqual(['catalog.reserve_stock']);
  });

  it('is replaced beside a transaction that has called it, without waiting for it', async () => {
    change('catalog.words_of', 'BETWEEN 3 AND 40', 'BETWEEN 4 AND 40');
    await withOwner(async (client) => {
      const words = async () => (await client.query("SELECT catalog.words_of('the cat sleeps') AS word")).rows;
      await client.query('BEGIN');
      expect(await words()).toHaveLength(3);
      expect((await migrate(CHANGED)).functions).toEqual(['catalog.words_of']);
      await client.query('COMMIT');
      expect(await words()).toHaveLength(1);
    });
  });

  it('of a newer build stays when an older one migrates', async () => {
    await query(
      "INSERT INTO bulwark_migrations (timestamp, name) VALUES (1895824000000, 'CatalogAddNote1895824000000')",
    );
    const before = await schema();
    change('catalog.reserve_stock', FORMER, 'takes up to 100 lines');
    expect(await migrate(CHANGED)).toEqual({ migrations: [], functions: [], isOlderBuild: true });
    expect(await schema()).toEqual(before);
  });

  it('is applied again when its file was away in between', async () => {
    rmSync(join(CHANGED, 'functions/payments.record_capture.sql'));
    expect((await migrate(CHANGED)).functions).toEqual([]);
    expect((await migrate()).functions).toEqual(['payments.record_capture']);
  });
});

describe('the baseline', () => {
  it('can be taken back and made again, and is the same', async () => {
    const before = await schema();
    await takeBack('all');
    expect(await schema()).toEqual([]);
    const { migrations, functions } = await migrate();
    expect([migrations.length, functions.length].map((count) => count > 7)).toEqual([true, true]);
    expect(await schema()).toEqual(before);
  });

  it('refuses a database of the migrations that it replaces, says what to do, and changes nothing', async () => {
    const url = new URL(testServices().postgresPrimary);
    url.pathname = '/bulwark_before_baseline';
    await withOwner((owner) => owner.query('CREATE DATABASE bulwark_before_baseline'), 'postgres');
    try {
      await withOwner(async (owner) => {
        await owner.query('CREATE TABLE bulwark_migrations (id serial PRIMARY KEY, timestamp bigint, name varchar)');
        await owner.query(
          `INSERT INTO bulwark_migrations (timestamp, name)
            VALUES (1000000000000, 'PlatformSchemasAndRoles1000000000000')`,
        );
      }, 'bulwark_before_baseline');
      const { code, output } = await runCli('migrate', [], { DATABASE_DIRECT_URL: url.toString() });
      expect(code).toBe(1);
      expect(output).toMatch(
        /^This database was made by migrations that a baseline has replaced.* remove the data directory .*\n$/,
      );
      const left = await withOwner(
        async (owner) =>
          (await owner.query("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'")).rows as unknown[],
        'bulwark_before_baseline',
      );
      expect(left).toEqual(expect.arrayContaining([{ nspname: 'public' }]));
      expect(left).toHaveLength(2);
    } finally {
      await withOwner((owner) => owner.query('DROP DATABASE bulwark_before_baseline WITH (FORCE)'), 'postgres');
    }
  });
});
