import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { missingAt, PayingCustomers } from '../support/paying-customers.js';
import { promote, queryAt, Up, type RunFile } from '../support/up.js';

const RESUME_MAX_MS = 30_000;
const CUSTOMERS = 4;
/** What a client may see while it waits for a moment: its answer, "not yet", or "ask again". */
const WITHIN_BOUNDS = [201, 202, 409, 429, 503];

jest.setTimeout(120_000);

describe('a planned switchover', () => {
  const up = new Up();
  /** Everything that was answered with 201 so far. */
  const acknowledged: string[] = [];

  beforeAll(() => up.start({ BULWARK_REPLICAS: '2' }));
  afterAll(() => up.remove());

  const portOf = (url: string): string => new URL(url).port;
  const following = async (): Promise<number> =>
    (await queryAt(up.run.postgresPrimary, `SELECT FROM pg_stat_replication WHERE state = 'streaming'`)).length;
  const payments = async (): Promise<number> =>
    (await queryAt<{ count: number }>(up.run.postgresPrimary, 'SELECT count(*)::int AS count FROM audit.payments'))[0]
      ?.count ?? 0;
  const folderOf = async (url: string): Promise<string> =>
    (await queryAt<{ data_directory: string }>(url, 'SHOW data_directory'))[0]?.data_directory ?? '';

  /** Has customers pay before, during and after something; nothing that was acknowledged may be missing then. */
  const whilePaying = async (
    what: (before: RunFile) => Promise<unknown>,
  ): Promise<{ before: RunFile; odd: number[] }> => {
    const before = up.run;
    const customers = await PayingCustomers.start(before, CUSTOMERS);
    await eventually(() => customers.acknowledged.length >= 3 * CUSTOMERS);
    await what(before);
    const seen = customers.acknowledged.length;
    await eventually(() => customers.acknowledged.length >= seen + 3 * CUSTOMERS, RESUME_MAX_MS);
    acknowledged.push(...(await customers.stop()));
    expect(up.run.pids).toMatchObject({ web: before.pids.web, worker: before.pids.worker, pooler: before.pids.pooler });
    expect(await missingAt(up.run.postgresPrimary, acknowledged)).toEqual([]);
    return { before, odd: [...customers.statuses].filter((status) => !WITHIN_BOUNDS.includes(status)) };
  };

  it('loses no acknowledged payment and fails none; run.json has the servers in their new roles', async () => {
    const { before, odd } = await whilePaying(async () =>
      expect(await promote(up.dataDir)).toEqual({
        code: 0,
        output: expect.stringMatching(/^postgres-2 is the primary now; .* postgres-1 follows it\.\n$/),
      }),
    );
    expect(odd).toEqual([]);
    const { run } = up;
    expect(portOf(run.postgresPrimary)).toBe(portOf(before.postgresReplica));
    expect(portOf(run.postgresReplica)).toBe(portOf(before.postgresPrimary));
    expect(run.pids.postgresPrimary).toBe(before.pids.postgresReplica);
    expect(() => process.kill(run.pids.postgresReplica ?? 0, 0)).not.toThrow();
  });

  it('leaves the former primary and every other replica as replicas that follow and take no writes', async () => {
    expect(await following()).toBe(2);
    const former = up.run.postgresReplica;
    await expect(queryAt(former, 'CREATE TABLE public.after_switchover (id int)')).rejects.toThrow(/read-only/);
    await queryAt(up.run.postgresPrimary, 'CREATE TABLE public.followed (id int)');
    const entries = [former, ...up.run.poolerReplicas.split(',')];
    await eventually(async () => {
      for (const url of entries) await queryAt(url, `SELECT FROM pg_class WHERE relname = 'followed'`);
      const ports = await Promise.all(
        entries.map(
          async (url) => (await queryAt<{ port: number }>(url, 'SELECT inet_server_port() AS port'))[0]?.port,
        ),
      );
      return new Set(ports).size === 2 && !ports.includes(Number(portOf(up.run.postgresPrimary)));
    });
  });

  it('is refused while another one is under way', async () => {
    const answers = await Promise.all([promote(up.dataDir), promote(up.dataDir)]);
    expect(answers.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    expect(answers.find(({ code }) => code === 1)?.output).toBe('A switchover is under way already.\n');
  });

  it('is undone when a transaction does not end; payments go on where they were', async () => {
    const { before, odd } = await whilePaying(async ({ pooler }) => {
      const client = new Client({ connectionString: pooler });
      await client.connect();
      await client.query('BEGIN');
      await client.query('SELECT 1');
      const { code, output } = await promote(up.dataDir);
      await client.end();
      expect({ code, output }).toEqual({
        code: 1,
        output: expect.stringMatching(
          /^The switchover was undone: The pooler cannot pause: a transaction takes longer than 2 s\.\n$/,
        ),
      });
    });
    expect(odd).toEqual([]);
    expect(up.run.pids.postgresPrimary).toBe(before.pids.postgresPrimary);
  });

  it('is undone when the replica dies of its promotion: the former primary is started again', async () => {
    const { before } = await whilePaying(async ({ postgresReplica }) => {
      // Where the server writes its new timeline down, something else is in the way.
      const [startup] = await queryAt<{ pid: number }>(
        postgresReplica,
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup'`,
      );
      const obstacle = join(await folderOf(postgresReplica), 'pg_wal', `xlogtemp.${startup?.pid}`);
      mkdirSync(obstacle);
      const { code, output } = await promote(up.dataDir);
      rmSync(obstacle, { recursive: true });
      expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/^The switchover was undone: .*\n$/) });
    });
    expect(portOf(up.run.postgresPrimary)).toBe(portOf(before.postgresPrimary));
    await eventually(async () => (await following()) === 2);
  });

  it('is refused where nothing runs', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'bulwark-nothing-'));
    expect(await promote(empty)).toEqual({
      code: 1,
      output: expect.stringMatching(/^Nothing runs on .*run\.json.*\n$/),
    });
    rmSync(empty, { recursive: true });
  });

  it('needs no hand when the primary is killed: it is started again, and nothing is lost', async () => {
    const { before } = await whilePaying(async ({ pids }) => {
      process.kill(pids.postgresPrimary, 'SIGKILL');
      await eventually(() => up.run.pids.postgresPrimary !== pids.postgresPrimary && up.run.pids.postgresPrimary > 0);
    });
    expect(portOf(up.run.postgresPrimary)).toBe(portOf(before.postgresPrimary));
  });

  it('is found again by the next start; a replica that was promoted by hand is kept beside and made anew', async () => {
    const { postgresPrimary, postgresReplica } = up.run;
    const [primary, promoted, count] = [
      await folderOf(postgresPrimary),
      await folderOf(postgresReplica),
      await payments(),
    ];
    await queryAt(postgresReplica, 'SELECT pg_promote()');
    await queryAt(postgresReplica, 'CREATE TABLE public.on_the_side (id int)');
    expect(await up.end()).toBe(0);
    await up.start({ BULWARK_REPLICAS: '2' });
    expect(await folderOf(up.run.postgresPrimary)).toBe(primary);
    expect(await payments()).toBe(count);
    expect(await missingAt(up.run.postgresPrimary, acknowledged)).toEqual([]);
    expect(await following()).toBe(2);
    expect(readdirSync(join(promoted, '..')).filter((name) => name.includes('.promoted-')).length).toBe(1);
  });
});
