import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { PayingCustomers } from '../support/paying-customers.js';
import { promote, queryAt, Up } from '../support/up.js';

const BROWSERS = 4;
/** An outage that the reads of the application have noticed. */
const OUTAGE_READS = 200;

jest.setTimeout(120_000);

describe('a replica that stops and comes back', () => {
  const up = new Up();

  beforeAll(() => up.start());
  afterAll(() => up.remove());

  const follows = async (): Promise<boolean> =>
    (await queryAt(up.run.postgresPrimary, `SELECT FROM pg_stat_replication WHERE state = 'streaming'`)).length === 1;
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

  it('fails no catalog read and no payment, is not promoted meanwhile, and reads return to it', async () => {
    const browsing = new Browsing(up.run.app);
    browsing.start(BROWSERS);
    const customers = await PayingCustomers.start(up.run, 2);
    await eventually(async () => (await replicaReads()) > 0);
    await eventually(() => customers.acknowledged.length > 2);

    const frozen = await replicaProcesses();
    signal(frozen, 'SIGSTOP');
    const [seen, paid] = [browsing.answers, customers.acknowledged.length];
    await eventually(() => browsing.answers > seen + OUTAGE_READS && customers.acknowledged.length > paid + 4);
    expect(await promote(up.dataDir)).toEqual({
      code: 1,
      output: expect.stringMatching(/^postgres-2 does not keep up with postgres-1, .*Nothing was changed\.\n$/),
    });
    signal(frozen, 'SIGCONT');

    await eventually(follows);
    const before = await replicaReads();
    await eventually(async () => (await replicaReads()) > before);
    await browsing.stop();
    await customers.stop();
    expect(browsing.failures).toEqual([]);
  });

  it('is started again after it was killed, and payments go on meanwhile', async () => {
    await eventually(follows);
    const { pids } = up.run;
    process.kill(pids.postgresReplica ?? 0, 'SIGKILL');
    await queryAt(up.run.postgresPrimary, 'CREATE TABLE public.written_meanwhile (id int)');
    await eventually(
      () => up.run.pids.postgresReplica !== null && up.run.pids.postgresReplica !== pids.postgresReplica,
    );
    await eventually(follows);
    await eventually(
      async () =>
        (await queryAt(up.run.postgresReplica, `SELECT FROM pg_tables WHERE tablename = 'written_meanwhile'`))
          .length === 1,
    );
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
