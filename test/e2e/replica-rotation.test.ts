import { probeFreePort } from '../../src/platform/machine/index.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart } from '../support/fresh-start.js';
import { metric } from '../support/metrics.js';
import { newCustomer, type Person } from '../support/people.js';
import { caughtUp, delayReplica } from '../support/replica.js';
import { testServices } from '../support/services.js';
import { TcpRelay } from '../support/tcp-relay.js';

const READS = 40;

describe('the rotation', () => {
  let bulwark: Bulwark | undefined;
  let relay: TcpRelay | undefined;
  let ada: Person;

  beforeAll(freshStart);

  afterEach(async () => {
    await bulwark?.stop();
    await relay?.close();
    bulwark = relay = undefined;
    await delayReplica(0);
  });

  /** One replica of two is reached through the relay. */
  async function start(environment: Record<string, string> = {}): Promise<Bulwark> {
    const direct = testServices().environment.DATABASE_REPLICA_URLS ?? '';
    relay = new TcpRelay(Number(new URL(direct).port));
    const relayed = new URL(direct);
    relayed.port = String(await relay.listen());
    bulwark = await startBulwark({
      BULWARK_ROLE: 'web',
      DATABASE_REPLICA_URLS: `${direct},${relayed.toString()}`,
      ...environment,
    });
    ada = await newCustomer(bulwark.api);
    await caughtUp();
    await eventually(async () => (await lagOf('replica-2')) !== undefined);
    return bulwark;
  }

  const queries = (target: 'primary' | 'replica') =>
    metric(bulwark as Bulwark, 'bulwark_db_queries_total', { module: 'account', target });
  const connections = (server: string) =>
    metric(bulwark as Bulwark, 'bulwark_db_pool_connections', { server, state: 'total' });
  const ready = async (): Promise<string | undefined> => {
    const body = (await (await fetch(`${(bulwark as Bulwark).opsUrl}/health/ready`)).json()) as {
      dependencies: Record<string, { status: string }>;
    };
    return body.dependencies['postgres-replica']?.status;
  };
  const lagOf = async (replica: string): Promise<number | undefined> => {
    const text = await (await fetch(`${(bulwark as Bulwark).opsUrl}/metrics`)).text();
    const line = text
      .split('\n')
      .find((one) => one.startsWith('bulwark_replica_lag_seconds{') && one.includes(`replica="${replica}"`));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  };
  const readMe = () => (bulwark as Bulwark).api.get('/v1/me', { token: ada.token });
  async function reads(): Promise<{ statuses: Set<number>; primary: number; replica: number }> {
    const before = [await queries('primary'), await queries('replica')];
    const answers = await Promise.all(Array.from({ length: READS }, readMe));
    const [primary = 0, replica = 0] = [await queries('primary'), await queries('replica')].map(
      (after, n) => after - (before[n] ?? 0),
    );
    return { statuses: new Set(answers.map(({ status }) => status)), primary, replica };
  }

  it('shares the reads among the replicas', async () => {
    await start();
    expect(await reads()).toMatchObject({ statuses: new Set([200]), primary: 0 });
    expect([await connections('replica-1'), await connections('replica-2')].every((total) => total > 0)).toBe(true);
  });

  it.each([
    ['freezes', (one: TcpRelay) => one.freeze(), (one: TcpRelay) => one.thaw()],
    ['dies', (one: TcpRelay) => one.cut(), (one: TcpRelay) => one.repair()],
  ])('serves every read when one replica %s, and takes it back', async (_, hurt, heal) => {
    await start();
    hurt(relay as TcpRelay);
    expect((await reads()).statuses).toEqual(new Set([200]));
    await eventually(async () => (await ready()) === 'down');
    expect(await reads()).toMatchObject({ statuses: new Set([200]), primary: 0 });
    heal(relay as TcpRelay);
    await eventually(async () => (await ready()) === 'up');
    expect(await reads()).toMatchObject({ statuses: new Set([200]), primary: 0 });
  });

  it('starts without a replica that is down, and adds it when it is up', async () => {
    const direct = testServices().environment.DATABASE_REPLICA_URLS ?? '';
    const late = new URL(direct);
    late.port = String(await probeFreePort());
    bulwark = await startBulwark({ BULWARK_ROLE: 'web', DATABASE_REPLICA_URLS: late.toString() });
    ada = await newCustomer(bulwark.api);
    await caughtUp();
    expect(await reads()).toMatchObject({ statuses: new Set([200]), replica: 0 });
    relay = new TcpRelay(Number(new URL(direct).port));
    await relay.listen(Number(late.port));
    await eventually(async () => (await ready()) === 'up');
    expect(await reads()).toMatchObject({ statuses: new Set([200]), primary: 0 });
  });

  it('leaves out a replica that is further behind than is allowed, and only while it is', async () => {
    await start({ DATABASE_REPLICA_LAG_MAX_MS: '500' });
    await delayReplica(60);
    await eventually(async () => {
      expect(
        (await (bulwark as Bulwark).api.patch('/v1/me', { displayName: 'Ada' }, { token: ada.token })).status,
      ).toBe(200);
      return (await ready()) === 'down';
    });
    expect(await lagOf('replica-1')).toBeGreaterThan(0.5);
    expect(await reads()).toMatchObject({ statuses: new Set([200]), replica: 0 });
    await delayReplica(0);
    await eventually(async () => (await ready()) === 'up');
    expect(await lagOf('replica-1')).toBe(0);
  });
});
