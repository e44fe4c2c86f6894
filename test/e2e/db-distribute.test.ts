import { DISTRIBUTION } from '../../src/cli/distribution/distribution.js';
import { freshStart, query } from '../support/fresh-start.js';
import { runCli } from '../support/run-cli.js';

const TABLES = DISTRIBUTION.tables;

/** Everything of the schema that a distribution would touch. */
const schema = () =>
  query(
    `SELECT 'relation' AS kind, oid::regclass::text AS name, relkind::text AS what FROM pg_class
      WHERE relnamespace IN ('payments'::regnamespace, 'platform'::regnamespace, 'catalog'::regnamespace,
        'public'::regnamespace)
   UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
   FROM pg_constraint WHERE connamespace = 'payments'::regnamespace
   UNION ALL SELECT 'extension', extname, extversion FROM pg_extension
   UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, tgenabled::text FROM pg_trigger
   ORDER BY 1, 2, 3`,
  );

describe('npm run db:distribute', () => {
  beforeAll(async () => {
    await freshStart();
  });

  it('says on a server without the extension what is missing, and changes nothing', async () => {
    const before = await schema();
    const { code, output } = await runCli('db-distribute');
    expect(code).toBe(1);
    expect(output).toMatch(
      /^Nothing was changed, since something is missing:\n- PostgreSQL \d+ here has no extension Citus/,
    );
    expect(output.trim().split('\n')).toHaveLength(2);
    expect(await schema()).toEqual(before);
  });
});

describe('the tables that a distributed database takes', () => {
  it('have the account in every unique key and every primary key', async () => {
    const without = await query(
      `SELECT indexrelid::regclass::text AS index FROM pg_index
        WHERE indrelid = ANY($1::regclass[]) AND (indisunique OR indisexclusion)
         AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = indrelid AND attname = $2
           AND attnum = ANY (indkey))`,
      [TABLES, DISTRIBUTION.column],
    );
    expect(without).toEqual([]);
  });

  it('refer to each other by the account and to nothing else, as the plan puts it back', async () => {
    const keys = await query<{ table: string; name: string; definition: string }>(
      `SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint
        WHERE contype = 'f' AND conparentid = 0
          AND (conrelid = ANY($1::regclass[]) OR confrelid = ANY($1::regclass[])) ORDER BY 1`,
      [TABLES],
    );
    const planned = DISTRIBUTION.foreignKeys.map(({ table, name, definition }) => ({ table, name, definition }));
    expect(keys).toEqual(planned);
    for (const { definition } of keys)
      expect(definition).toMatch(/^FOREIGN KEY \(account_id, [^)]*\) REFERENCES payments\.payments\s?\(account_id, /);
  });

  it('have the account in one type, never null', async () => {
    const columns = await query(
      `SELECT atttypid::regtype::text AS type, attnotnull AS required FROM pg_attribute
        WHERE attrelid = ANY($1::regclass[]) AND attname = $2`,
      [TABLES, DISTRIBUTION.column],
    );
    expect(columns).toEqual(TABLES.map(() => ({ type: 'uuid', required: true })));
  });

  it('number nothing by a sequence, and fire no trigger of ours', async () => {
    expect(
      await query(
        `SELECT attname FROM pg_attribute WHERE attrelid = ANY($1::regclass[])
          AND (attidentity <> '' OR pg_get_serial_sequence(attrelid::regclass::text, attname) IS NOT NULL)`,
        [TABLES],
      ),
    ).toEqual([]);
    expect(
      await query('SELECT tgname FROM pg_trigger WHERE tgrelid = ANY($1::regclass[]) AND NOT tgisinternal', [TABLES]),
    ).toEqual([]);
  });

  it('are all that is partitioned by account', async () => {
    const partitioned = await query<{ table: string }>(
      "SELECT partrelid::regclass::text AS table FROM pg_partitioned_table WHERE partstrat = 'h' ORDER BY 1",
    );
    expect(partitioned.map(({ table }) => table)).toEqual([...TABLES].toSorted());
  });
});
