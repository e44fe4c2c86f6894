import { spawn } from 'node:child_process';
import { renameSync } from 'node:fs';
import { eventually } from '../support/eventually.js';
import { missingAt, PayingCustomers } from '../support/paying-customers.js';
import { ROOT } from '../support/source-files.js';
import { queryAt, Up, type RunFile } from '../support/up.js';

const RESUME_MAX_MS = 30_000;
const CUSTOMERS = 4;

jest.setTimeout(180_000);

describe('a promotion', () => {
  const up = new Up();
  /** Everything that was answered with 201 so far. */
  const acknowledged: string[] = [];

  beforeAll(() => up.start());
  afterAll(() => up.remove());

  const portOf = (url: string): string => new URL(url).port;
  const promote = (url: string): Promise<object[]> => queryAt(url, 'SELECT pg_promote()');
  const isStandby = async (url: string): Promise<boolean> =>
    (await queryAt<{ standby: boolean }>(url, 'SELECT pg_is_in_recovery() AS standby'))[0]?.standby === true;
  const hasSynchronousReplica = async (): Promise<boolean> =>
    (
      await queryAt(
        up.run.postgresPrimary,
        `SELECT FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'`,
      )
    ).length === 1;
  const payments = async (): Promise<number> =>
    (await queryAt<{ count: number }>(up.run.postgresPrimary, 'SELECT count(*)::int AS count FROM audit.payments'))[0]
      ?.count ?? 0;

  /** Has customers pay before, during and after something; nothing that was acknowledged may be missing then. */
  const whilePaying = async (what: (before: RunFile) => Promise<unknown>): Promise<RunFile> => {
    await eventually(hasSynchronousReplica);
    const before = up.run;
    const customers = await PayingCustomers.start(before, CUSTOMERS);
    await eventually(() => customers.acknowledged.length >= 3 * CUSTOMERS);
    await what(before);
    await eventually(() => portOf(up.run.postgresPrimary) === portOf(before.postgresReplica), RESUME_MAX_MS);
    const seen = customers.acknowledged.length;
    await eventually(() => customers.acknowledged.length >= seen + 3 * CUSTOMERS, RESUME_MAX_MS);
    acknowledged.push(...(await customers.stop()));
    expect(up.run.pids).toMatchObject({ web: before.pids.web, worker: before.pids.worker, pooler: before.pids.pooler });
    expect(await missingAt(up.run.postgresPrimary, acknowledged)).toEqual([]);
    return before;
  };

  it('by SQL, after the primary was killed, loses no acknowledged payment; writes resume', async () => {
    const before = await whilePaying(async ({ pids, postgresReplica }) => {
      process.kill(pids.postgresPrimary, 'SIGKILL');
      await promote(postgresReplica);
    });
    expect(portOf(up.run.postgresReplica)).toBe(portOf(before.postgresPrimary));
  });

  it('leaves the former primary as a replica that follows and takes no writes', async () => {
    const former = up.run.postgresReplica;
    await eventually(hasSynchronousReplica);
    expect(await isStandby(former)).toBe(true);
    await expect(queryAt(former, 'CREATE TABLE public.after_failover (id int)')).rejects.toThrow(/read-only/);
    await queryAt(up.run.postgresPrimary, 'CREATE TABLE public.followed (id int)');
    await eventually(
      async () => (await queryAt(former, `SELECT FROM pg_tables WHERE tablename = 'followed'`)).length === 1,
    );
  });

  it('fences a primary that still runs', async () => {
    const before = await whilePaying(({ postgresReplica }) => promote(postgresReplica));
    await eventually(() => isStandby(before.postgresPrimary));
  });

  it('by the command of operators happens in order', async () => {
    await whilePaying(async () =>
      expect(await runPromote(up.dataDir)).toMatchObject({ code: 0, output: expect.stringMatching(/Writes go again/) }),
    );
    await eventually(hasSynchronousReplica);
  });

  it('comes by itself when the primary cannot be started and the replica has everything', async () => {
    await whilePaying(async ({ postgresPrimary, pids }) => {
      const [row] = await queryAt<{ data_directory: string }>(postgresPrimary, 'SHOW data_directory');
      renameSync(row?.data_directory ?? '', `${row?.data_directory}.lost`);
      process.kill(pids.postgresPrimary, 'SIGKILL');
    });
    await eventually(hasSynchronousReplica);
  });

  it('is found again by the next start', async () => {
    const count = await payments();
    expect(await up.end()).toBe(0);
    await up.start();
    expect(await payments()).toBe(count);
    expect(await missingAt(up.run.postgresPrimary, acknowledged)).toEqual([]);
    await eventually(hasSynchronousReplica);
  });

  it('that the launcher did not see holds as well: the former primary acknowledges nothing', async () => {
    await eventually(hasSynchronousReplica);
    const { pids, postgresPrimary, postgresReplica } = up.run;
    process.kill(pids.supervisor, 'SIGSTOP');
    await promote(postgresReplica);
    await queryAt(postgresReplica, `SET synchronous_commit = 'local'; CREATE TABLE public.after_promotion (id int)`);
    const late = queryAt(postgresPrimary, 'CREATE TABLE public.after_failover (id int)').then(
      () => 'acknowledged',
      () => 'refused',
    );
    await up.end('SIGKILL');
    expect(await late).toBe('refused');
    await up.start();
    const tables = await queryAt<{ tablename: string }>(
      up.run.postgresPrimary,
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`,
    );
    const names = tables.map(({ tablename }) => tablename);
    expect(names).toContain('after_promotion');
    expect(names).not.toContain('after_failover');
    expect(await missingAt(up.run.postgresPrimary, acknowledged)).toEqual([]);
    await eventually(hasSynchronousReplica);
  });
});

function runPromote(dataDir: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['dist/src/launcher/db-promote.js'], {
      cwd: ROOT,
      env: { ...process.env, BULWARK_DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
