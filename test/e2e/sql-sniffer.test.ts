import { Client, type ClientConfig } from 'pg';
import { freshStart } from '../support/fresh-start.js';
import { startSqlSniffer, type SqlSniffer } from '../support/sql/start-sql-sniffer.js';

/** Speaks through the sniffer, does not mind what the pooler thinks of it, and tells what was flagged meanwhile. */
async function flagged(
  sniffer: SqlSniffer,
  work: (client: Client) => Promise<unknown>,
  config: ClientConfig = {},
): Promise<string[]> {
  const before = sniffer.violations().length;
  const client = new Client({ connectionString: sniffer.url, ...config });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client);
    await client.query('ROLLBACK');
  } catch {
    // A refusal by the pooler or the server is one more reason not to do it.
  } finally {
    await client.end().catch(() => undefined);
  }
  return sniffer
    .violations()
    .slice(before)
    .map(({ why }) => why);
}

const inTransaction = (sql: string) => async (client: Client) => {
  await client.query('BEGIN');
  await client.query(sql);
};

describe('the sniffer between application and pooler', () => {
  let sniffer: SqlSniffer;

  beforeAll(async () => {
    await freshStart();
    sniffer = await startSqlSniffer();
  });

  afterAll(async () => {
    await sniffer?.stop();
  });

  it.each<[string, (client: Client) => Promise<unknown>]>([
    ['a named statement', (client) => client.query({ name: 'one', text: 'SELECT 1' })],
    ['a SET', inTransaction("SET work_mem = '1MB'")],
    ['a SET LOCAL outside a transaction', (client) => client.query("SET LOCAL work_mem = '1MB'")],
    [
      'a SET LOCAL after the transaction',
      async (client) => {
        await inTransaction('SELECT 1')(client);
        await client.query('COMMIT');
        await client.query("SET LOCAL work_mem = '1MB'");
      },
    ],
    ['a RESET', inTransaction('RESET work_mem')],
    ['a set_config for the session', (client) => client.query("SELECT set_config('work_mem', $1, false)", ['1MB'])],
    ['a LISTEN', (client) => client.query('LISTEN changes')],
    ['an UNLISTEN', (client) => client.query('UNLISTEN *')],
    ['a lock of the session', (client) => client.query('SELECT pg_try_advisory_lock($1), pg_advisory_unlock($1)', [7])],
    ['a PREPARE', inTransaction('PREPARE two AS SELECT 1; DEALLOCATE two')],
    ['a cursor that is held', inTransaction('DECLARE c CURSOR WITH HOLD FOR SELECT 1')],
    ['a temporary table that stays', inTransaction('CREATE TEMP TABLE t (a int)')],
    ['a LOAD', inTransaction("LOAD 'plpgsql'")],
  ])('sees %s', async (_name, work) => {
    expect(await flagged(sniffer, work)).not.toEqual([]);
  });

  it.each<[string, ClientConfig]>([
    ['statement_timeout', { statement_timeout: 1_000 }],
    ['options', { options: '-c work_mem=1MB' }],
  ])('sees %s among the startup parameters', async (_name, config) => {
    expect(await flagged(sniffer, (client) => client.query('SELECT 1'), config)).not.toEqual([]);
  });

  it('lets pass what belongs to a transaction', async () => {
    const seen = await flagged(sniffer, async (client) => {
      await client.query("BEGIN; SET LOCAL work_mem = '1MB'; CREATE TEMP TABLE t (a int) ON COMMIT DROP");
      await client.query('SELECT pg_advisory_xact_lock($1)', [7]);
      await client.query("SET LOCAL work_mem = '2MB'");
    });
    expect(seen).toEqual([]);
  });

  it('records each statement of a role once, with what it was sent with', async () => {
    await flagged(sniffer, async (client) => {
      await client.query('SELECT $1::text AS a, $2::bytea AS b, $3::text AS c', ['x', Buffer.from([1, 255]), null]);
      await client.query('SELECT $1::text AS a, $2::bytea AS b, $3::text AS c', ['y', null, 'z']);
    });
    const recorded = sniffer.statements().find(({ sql }) => sql.includes('::bytea'));
    expect(recorded).toMatchObject({
      role: 'bulwark_app',
      database: 'bulwark',
      count: 2,
      samples: [
        ['x', '\\x01ff', null],
        ['y', null, 'z'],
      ],
    });
    expect(sniffer.signIns().bulwark_app).toBeGreaterThan(10);
  });
});
