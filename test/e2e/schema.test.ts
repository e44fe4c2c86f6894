import { basename } from 'node:path';
import { runCli } from '../support/run-cli.js';
import { query } from '../support/fresh-start.js';
import { sqlFiles } from '../support/source-files.js';

const ROLES = ['catalog', 'account', 'payments', 'platform'] as const;

describe('the schema', () => {
  it('is what the entities say: nothing has drifted', async () => {
    expect(await runCli('schema-drift')).toEqual({ code: 0, output: 'Entities and schema agree.\n' });
  });

  it('has the functions of migrations/functions and no others', async () => {
    const functions = await query<{ name: string }>(
      `SELECT DISTINCT format('%s.%s', nspname, proname) AS name FROM pg_proc
        JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = ANY($1) ORDER BY 1`,
      [[...ROLES, 'audit']],
    );
    const files = sqlFiles('migrations').map(({ path }) => basename(path, '.sql'));
    expect(functions.map(({ name }) => name)).toEqual(files.toSorted());
    const applied = await query<{ name: string }>('SELECT name FROM platform.repeatable_migrations ORDER BY name');
    expect(applied.map(({ name }) => name)).toEqual(files.toSorted());
  });

  it.each(ROLES)('lets bulwark_%s read and write no table of another context', async (role) => {
    const foreign = await query<{ table: string }>(
      `SELECT format('%s.%s', schemaname, tablename) AS table FROM pg_tables
       WHERE schemaname = ANY($2) AND has_table_privilege($1, format('%I.%I', schemaname, tablename),
         'SELECT, INSERT, UPDATE, DELETE')`,
      [`bulwark_${role}`, ROLES.filter((schema) => schema !== role && schema !== 'platform')],
    );
    expect(foreign).toEqual([]);
  });

  it('lets no role change what the ledger has recorded', async () => {
    const able = await query(
      `SELECT r.rolname, t.tablename FROM pg_roles r, pg_tables t
       WHERE r.rolname LIKE 'bulwark\\_%' AND t.schemaname = 'payments'
         AND t.tablename IN ('ledger_transactions', 'ledger_entries')
         AND has_table_privilege(r.rolname, format('%I.%I', t.schemaname, t.tablename), 'UPDATE, DELETE, TRUNCATE')`,
    );
    expect(able).toEqual([]);
  });

  it('gives every context role its time-outs', async () => {
    const settings = await query<{ rolname: string; rolconfig: string[] }>(
      'SELECT rolname, rolconfig FROM pg_roles WHERE rolname = ANY($1)',
      [ROLES.map((role) => `bulwark_${role}`)],
    );
    expect(settings).toHaveLength(ROLES.length);
    for (const { rolconfig } of settings) {
      for (const name of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
        expect(rolconfig.some((setting) => setting.startsWith(`${name}=`))).toBe(true);
    }
  });

  it('shows auditors the views of the contract', async () => {
    const columns = await query<{ view: string; columns: string }>(
      `SELECT table_name AS view, string_agg(column_name, ',' ORDER BY ordinal_position) AS columns
        FROM information_schema.columns WHERE table_schema = 'audit' GROUP BY table_name`,
    );
    expect(Object.fromEntries(columns.map(({ view, columns: list }) => [view, list]))).toMatchObject({
      payments: 'id,account_id,reference,status,amount_minor,currency,created_at',
      ledger_entries: 'transaction_id,account,currency,amount_minor',
      idempotency_keys: 'scope,key,state,created_at,expires_at',
      outbox: 'id,type,aggregate_id,occurred_at,published_at,attempts',
      consumer_effects: 'event_id,consumer',
      stock: 'item_id,quantity',
    });
  });
});
