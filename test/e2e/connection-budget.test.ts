import { Client } from 'pg';
import { probeFreePort } from '../../src/platform/machine/index.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { metric } from '../support/metrics.js';
import { testServices } from '../support/services.js';

/** One process: four pools to the primary, three and a check to the replica, and the head's own connection. */
const ONE_WEB = { BULWARK_ROLE: 'web', WEB_WORKERS: '1' };
const ONE_WEB_CONNECTIONS = 6 + 4 + 6 + 4 + (6 + 4 + 6 + 1) + 1;
const SLOW_MACHINE_MS = 90_000;

interface Lease {
  role: string;
  processes: number;
  connections: number;
  live: boolean;
}

const leases = () =>
  query<Lease>(
    `SELECT role, processes, primary_connections + replica_connections AS connections,
      leased_until > now() AS live FROM platform.instances ORDER BY started_at`,
  );

/** Says something to the console of the pooler, and what it says back. */
async function tellPooler(...commands: string[]): Promise<Record<string, string>[]> {
  const client = new Client({ connectionString: testServices().poolerAdmin });
  await client.connect();
  try {
    let rows: Record<string, string>[] = [];
    for (const command of commands) ({ rows } = await client.query<Record<string, string>>(command));
    return rows;
  } finally {
    await client.end();
  }
}

/** Runs something while one setting of the pooler is another. */
async function withPooler(setting: string, value: number, work: () => Promise<void>): Promise<void> {
  const settings = await tellPooler('SHOW CONFIG');
  const before = settings.find(({ key }) => key === setting)?.value;
  try {
    await tellPooler(`SET ${setting} = ${value}`);
    await work();
  } finally {
    await tellPooler(`SET ${setting} = ${before}`);
  }
}

describe('the connection budget', () => {
  const running: Bulwark[] = [];
  const start = async (environment: Record<string, string>): Promise<Bulwark> => {
    const bulwark = await startBulwark({ ...ONE_WEB, ...environment });
    running.push(bulwark);
    return bulwark;
  };

  beforeEach(freshStart);

  afterEach(async () => {
    await Promise.all(running.splice(0).map((bulwark) => bulwark.stop()));
  });

  it('counts an instance while it runs, and no longer', async () => {
    const bulwark = await start({});
    expect(await leases()).toEqual([{ role: 'web', processes: 1, connections: ONE_WEB_CONNECTIONS, live: true }]);
    expect(await metric(bulwark, 'bulwark_connection_budget_connections', { of: 'all' })).toBe(ONE_WEB_CONNECTIONS);
    expect(await metric(bulwark, 'bulwark_connection_budget_instances')).toBe(1);
    expect(await metric(bulwark, 'bulwark_connection_budget_lease_held')).toBe(1);
    await bulwark.stop();
    expect(await leases()).toEqual([]);
  });

  it(
    'refuses the instance for which there is no room, with the figures, the variable and the repair',
    async () => {
      const budget = { DATABASE_CONNECTION_BUDGET: String(2 * ONE_WEB_CONNECTIONS - 1) };
      const first = await start(budget);
      await expect(start(budget)).rejects.toThrow(
        new RegExp(
          `ended with 75 before it was ready[\\s\\S]*may open ${ONE_WEB_CONNECTIONS} database connections[^.]*1 ` +
            `other instance holds ${ONE_WEB_CONNECTIONS} of the ${2 * ONE_WEB_CONNECTIONS - 1} that ` +
            'DATABASE_CONNECTION_BUDGET allows\\. Run fewer instances, lower WEB_WORKERS',
        ),
      );
      expect((await first.api.get('/v1/categories')).status).toBe(200);
      await first.stop();
      await start(budget);
      expect(await leases()).toHaveLength(1);
    },
    SLOW_MACHINE_MS,
  );

  it('refuses a configuration that could never fit, before it connects to anything', async () => {
    await expect(start({ DATABASE_CONNECTION_BUDGET: String(ONE_WEB_CONNECTIONS - 1) })).rejects.toThrow(
      /ended with 78|DATABASE_CONNECTION_BUDGET got/,
    );
  });

  it(
    'admits one of two instances that start at the same moment when there is room for one',
    async () => {
      const budget = { DATABASE_CONNECTION_BUDGET: String(ONE_WEB_CONNECTIONS + 10) };
      const outcomes = await Promise.allSettled([start(budget), start(budget), start(budget)]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await leases()).toHaveLength(1);
    },
    SLOW_MACHINE_MS,
  );

  it('never admits more instances than fit, however many start at once', async () => {
    const ask = (n: number) =>
      query<{ admitted: boolean }>(
        "SELECT admitted FROM platform.admit_instance(gen_random_uuid(), $1, 'web', 1, 10, 0, 45, 50, 50)",
        [`instance ${n}`],
      );
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => ask(n)));
    expect(answers.flat().filter(({ admitted }) => admitted)).toHaveLength(5);
  });

  it(
    'gives the room of a dead instance to the next once its lease has run out, and at once to its successor',
    async () => {
      const OPS_PORT = String(await probeFreePort());
      const budget = { DATABASE_CONNECTION_BUDGET: String(ONE_WEB_CONNECTIONS) };
      const first = await start({ ...budget, OPS_PORT });
      await first.kill();
      await expect(start(budget)).rejects.toThrow(/ended with 75/);
      const successor = await start({ ...budget, OPS_PORT });
      await successor.kill();
      await query("UPDATE platform.instances SET leased_until = now() - interval '1 second'");
      await start(budget);
      expect(await leases()).toHaveLength(1);
    },
    SLOW_MACHINE_MS * 2,
  );

  it(
    'keeps serving and logs it while its lease cannot be renewed; then it is counted again',
    async () => {
      const bulwark = await start({});
      await query('ALTER TABLE platform.instances RENAME TO instances_lost');
      await eventually(
        async () => (await metric(bulwark, 'bulwark_connection_budget_lease_held')) === 0,
        SLOW_MACHINE_MS,
      );
      expect((await bulwark.api.get('/v1/categories')).status).toBe(200);
      expect((await fetch(`${bulwark.opsUrl}/health/ready`)).status).toBe(200);
      await query('DELETE FROM platform.instances_lost');
      await query('ALTER TABLE platform.instances_lost RENAME TO instances');
      await eventually(
        async () => (await metric(bulwark, 'bulwark_connection_budget_lease_held')) === 1,
        SLOW_MACHINE_MS,
      );
      expect(await leases()).toHaveLength(1);
    },
    SLOW_MACHINE_MS * 2,
  );

  it('refuses more clients than the pooler takes, although the budget has room', async () => {
    await withPooler('max_client_conn', ONE_WEB_CONNECTIONS, async () => {
      await expect(start({})).rejects.toThrow(
        new RegExp(
          String.raw`ended with 78[\s\S]*that the pooler takes \(max_client_conn 38, less a twentieth for operators\)` +
            String.raw`[^.]*\. [^.]*raise max_client_conn of the pooler`,
        ),
      );
    });
  });

  it('refuses a pooler whose own pools exceed what the database has', async () => {
    await withPooler('default_pool_size', 25, async () => {
      await expect(start({})).rejects.toThrow(
        /ended with 78[\s\S]*may open 100 connections to the primary \(4 roles x a pool of 25\), which has \d\d for it/,
      );
    });
  });

  it(
    'does not start when the pooler is full already',
    async () => {
      await withPooler('max_client_conn', 0, async () => {
        await expect(start({})).rejects.toThrow(
          /ended with 75[\s\S]*no connection left to ask for one \("no more connections allowed/,
        );
      });
    },
    SLOW_MACHINE_MS,
  );

  it(
    'starts uncounted when the registry cannot be reached, and is counted as soon as it can',
    async () => {
      await query('REVOKE ALL ON platform.instances FROM bulwark_platform');
      const bulwark = await start({});
      expect(await metric(bulwark, 'bulwark_connection_budget_lease_held')).toBe(0);
      expect((await bulwark.api.get('/v1/categories')).status).toBe(200);
      await query('GRANT SELECT, INSERT, UPDATE, DELETE ON platform.instances TO bulwark_platform');
      await eventually(
        async () => (await metric(bulwark, 'bulwark_connection_budget_lease_held')) === 1,
        SLOW_MACHINE_MS,
      );
      expect(await leases()).toHaveLength(1);
    },
    SLOW_MACHINE_MS * 2,
  );

  it('shows how long each context waits for connections to each server', async () => {
    const bulwark = await start({});
    const waits = (labels: Record<string, string>) => metric(bulwark, 'bulwark_db_pool_wait_seconds_count', labels);
    await bulwark.api.get('/v1/categories');
    await bulwark.api.post('/v1/sessions', { email: 'no-account@example.com', password: 'a password that is wrong' });
    expect(await waits({ target: 'replica', context: 'catalog' })).toBeGreaterThan(0);
    expect(await waits({ target: 'primary', context: 'account' })).toBeGreaterThan(0);
  });

  it('shows what bounds the fleet, and the figures of the pooler itself', async () => {
    const bulwark = await start({});
    await eventually(async () => (await metric(bulwark, 'bulwark_pooler_up')) === 1);
    expect(await metric(bulwark, 'bulwark_connection_budget_limit', { of: 'budget' })).toBe(2_000);
    expect(await metric(bulwark, 'bulwark_connection_budget_limit', { of: 'pooler' })).toBeGreaterThan(100);
    expect(await metric(bulwark, 'bulwark_connection_budget_limit', { of: 'database' })).toBeGreaterThan(50);
    const clients = await metric(bulwark, 'bulwark_pooler_clients', { database: 'bulwark' });
    expect(clients).toBeGreaterThan(0);
    expect(await metric(bulwark, 'bulwark_pooler_servers', { database: 'bulwark' })).toBeGreaterThan(0);
    expect(await metric(bulwark, 'bulwark_pooler_clients', { database: 'bulwark', state: 'waiting' })).toBe(0);
  });
});
