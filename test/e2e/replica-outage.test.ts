import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { PayingCustomers } from '../support/paying-customers.js';
import { queryAt, Up } from '../support/up.js';

const BROWSERS = 4;
/** An outage that everything has noticed: commits, and the reads of the application. */
const OUTAGE_READS = 200;

jest.setTimeout(120_000);

describe('a replica that stops and comes back', () => {
  const up = new Up();

  beforeAll(() => up.start());
  afterAll(() => up.remove());

  const isSynchronous = async (): Promise<boolean> =>
    (
      await queryAt(
        up.run.postgresPrimary,
        `SELECT FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'`,
      )
    ).length === 1;
  const hasNoBlockedSession = async (): Promise<boolean> =>
    (
      await queryAt<{ names: string }>(
        up.run.postgresPrimary,
        `SELECT current_setting('synchronous_standby_names') AS names`,
      )
    )[0]?.names === '';
  const replicaReads = async (): Promise<number> => {
    const text = await (await fetch(`${up.run.ops}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith('bulwark_db_queries_total{') && line.includes('target="replica"'));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  };
  /** The server and whatever works for it. */
  const replicaProcesses = async (): Promise<number[]> => {
    const pid = up.run.pids.postgresReplica ?? 0;
    const sessions = await queryAt<{ pid: number }>(
      up.run.postgresReplica,
      'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
    );
    return [pid, ...sessions.map((session) => session.pid)];
  };
  const signal = (pids: readonly number[], what: NodeJS.Signals): void => {
    for (const pid of pids) {
      try {
        process.kill(pid, what);
      } catch (error) {
        // A session that has ended since it was counted.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  };

  it('fails no catalog read and no payment, and reads return to it', async () => {
    await eventually(isSynchronous);
    const browsing = new Browsing(up.run.app);
    browsing.start(BROWSERS);
    const customers = await PayingCustomers.start(up.run, 2);
    await eventually(async () => (await replicaReads()) > 0);
    await eventually(() => customers.acknowledged.length > 2);

    const frozen = await replicaProcesses();
    signal(frozen, 'SIGSTOP');
    const [seen, paid] = [browsing.answers, customers.acknowledged.length];
    await eventually(hasNoBlockedSession);
    await eventually(() => browsing.answers > seen + OUTAGE_READS && customers.acknowledged.length > paid + 4);
    signal(frozen, 'SIGCONT');

    await eventually(isSynchronous);
    const before = await replicaReads();
    await eventually(async () => (await replicaReads()) > before);
    await browsing.stop();
    await customers.stop();
    expect(browsing.failures).toEqual([]);
  });

  it('is started again after it was killed, and payments go on meanwhile', async () => {
    await eventually(isSynchronous);
    const { pids } = up.run;
    process.kill(pids.postgresReplica ?? 0, 'SIGKILL');
    await queryAt(up.run.postgresPrimary, 'CREATE TABLE public.written_meanwhile (id int)');
    await eventually(
      () => up.run.pids.postgresReplica !== null && up.run.pids.postgresReplica !== pids.postgresReplica,
    );
    await eventually(isSynchronous);
    await eventually(
      async () =>
        (await queryAt(up.run.postgresReplica, `SELECT FROM pg_tables WHERE tablename = 'written_meanwhile'`))
          .length === 1,
    );
  });

  it('is not treated as gone when it only replays late: commits go on, and wait for it', async () => {
    await queryAt(up.run.postgresReplica, `ALTER SYSTEM SET recovery_min_apply_delay = '5s'`);
    await queryAt(up.run.postgresReplica, 'SELECT pg_reload_conf()');
    try {
      await eventually(isSynchronous);
      const customers = await PayingCustomers.start(up.run, 2);
      // Longer than a commit would wait for a replica that is gone.
      await eventually(async () => {
        expect(await hasNoBlockedSession()).toBe(false);
        const [row] = await queryAt<{ late: boolean }>(
          up.run.postgresPrimary,
          `SELECT bool_or(replay_lag > interval '4 seconds') AS late FROM pg_stat_replication`,
        );
        return row?.late === true && customers.acknowledged.length > 20;
      });
      await customers.stop();
      expect(await hasNoBlockedSession()).toBe(false);
    } finally {
      await queryAt(up.run.postgresReplica, 'ALTER SYSTEM RESET recovery_min_apply_delay');
      await queryAt(up.run.postgresReplica, 'SELECT pg_reload_conf()');
    }
  });

  it('may be one of several: each has its entry in the pooler, and all follow a promotion', async () => {
    expect(await up.end()).toBe(0);
    const before = await up.start({ BULWARK_REPLICAS: '2' });
    const entries = before.poolerReplicas.split(',');
    expect(entries.map((url) => new URL(url).pathname)).toEqual(['/bulwark_replica', '/bulwark_replica_2']);
    const portsBehind = async (): Promise<number[]> =>
      Promise.all(
        entries.map(
          async (url) => (await queryAt<{ port: number }>(url, 'SELECT inet_server_port() AS port'))[0]?.port ?? 0,
        ),
      );
    expect(new Set(await portsBehind()).size).toBe(2);
    await eventually(
      async () =>
        (await queryAt(before.postgresPrimary, `SELECT FROM pg_stat_replication WHERE state = 'streaming'`)).length ===
        2,
    );
    await eventually(async () => !(await hasNoBlockedSession()));
    await queryAt(before.postgresReplica, 'SELECT pg_promote()');
    await eventually(() => new URL(up.run.postgresPrimary).port === new URL(before.postgresReplica).port);
    await eventually(
      async () =>
        (await queryAt(up.run.postgresPrimary, `SELECT FROM pg_stat_replication WHERE state = 'streaming'`)).length ===
        2,
    );
    expect(await portsBehind()).not.toContain(Number(new URL(up.run.postgresPrimary).port));
  });
});

/** Clients who look at one page of the catalog after the other. */
class Browsing {
  answers = 0;
  readonly failures: string[] = [];
  private going = true;
  private browsers: Promise<void>[] = [];
  private readonly api: ApiClient;

  constructor(url: string) {
    this.api = new ApiClient(url);
  }

  start(clients: number): void {
    this.browsers = Array.from({ length: clients }, () => this.browse());
  }

  async stop(): Promise<void> {
    this.going = false;
    await Promise.all(this.browsers);
  }

  private async browse(): Promise<void> {
    while (this.going) {
      // No two of these are the same to the cache.
      const answer = await this.api.get(`/v1/items?limit=5&q=${Math.random().toString(36).slice(2, 8)}`);
      this.answers += 1;
      if (answer.status >= 500) this.failures.push(`${answer.status} ${answer.text}`);
    }
  }
}
