import { probeFreePort } from '../../src/platform/machine/index.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart } from '../support/fresh-start.js';
import { runCli } from '../support/run-cli.js';

/** Three processes start at once: seconds here, more where the machine is shared. */
const SLOW_MACHINE_MS = 90_000;

describe('the life of an instance', () => {
  let bulwark: Bulwark | undefined;

  beforeAll(freshStart);

  afterEach(async () => {
    await bulwark?.stop();
    bulwark = undefined;
  });

  it('ends with a message that names each wrong variable', async () => {
    const [named, ended] = ['BULWARK_ROLE got "king"; it wants one of all, web, worker', 'ended with 78'];
    await expect(startBulwark({ SMTP_URL: 'nonsense', BULWARK_ROLE: 'king' })).rejects.toThrow(
      new RegExp(String.raw`${named}[\s\S]*${ended}|${ended}[\s\S]*${named}`),
    );
  });

  it(
    'replaces a web process and a worker that were killed',
    async () => {
      bulwark = await startBulwark({ WEB_WORKERS: '2', PORT: String(await probeFreePort()) });
      const running = bulwark;
      const before = running.pids;
      expect(before.web).toHaveLength(2);
      for (const pid of [...before.web, before.worker]) process.kill(pid as number, 'SIGKILL');
      const isBack = () =>
        running.isReady() &&
        running.pids.web.length === 2 &&
        !running.pids.web.some((pid) => before.web.includes(pid)) &&
        running.pids.worker !== before.worker;
      await eventually(isBack, SLOW_MACHINE_MS);
      expect((await running.api.get('/v1/categories')).status).toBe(200);
    },
    SLOW_MACHINE_MS * 2,
  );

  it('closes a connection whose process dies before it has accepted it', async () => {
    bulwark = await startBulwark({ WEB_WORKERS: '1', PORT: String(await probeFreePort()) });
    const [pid = 0] = bulwark.pids.web;
    process.kill(pid, 'SIGSTOP');
    const asked = fetch(`${bulwark.url}/v1/categories`, { headers: { connection: 'close' } }).then(
      ({ status }) => `answered ${status}`,
      () => 'cut off',
    );
    const taken = await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 1_000, 'waiting'))]);
    expect(taken).toBe('waiting');
    process.kill(pid, 'SIGKILL');
    expect(await asked).toBe('cut off');
  });

  it('ends on SIGTERM with everything it started', async () => {
    bulwark = await startBulwark();
    const { web, worker } = bulwark.pids;
    expect(await bulwark.stop()).toBe(0);
    for (const pid of [...web, worker as number]) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('ends soon although clients keep their connections busy', async () => {
    bulwark = await startBulwark();
    const { api } = bulwark;
    // A refused connection is how a client learns of the end.
    const keepAsking = async (): Promise<void> => {
      for (let isOpen = true; isOpen;)
        isOpen = await api.get('/v1/categories').then(
          () => true,
          () => false,
        );
    };
    const clients = Array.from({ length: 8 }, keepAsking);
    const ended = bulwark.stop();
    expect(
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 15_000, 'still running').unref())]),
    ).toBe(0);
    await Promise.all(clients);
  });

  it('leaves no process when its cluster primary is killed', async () => {
    bulwark = await startBulwark();
    const { head, web, worker } = bulwark.pids;
    process.kill(head, 'SIGKILL');
    for (const pid of [...web, worker as number]) {
      await eventually(() => {
        try {
          process.kill(pid, 0);
          return false;
        } catch {
          return true;
        }
      });
    }
  });

  it.each([
    ['web', 1, false],
    ['worker', 0, true],
  ])('runs as %s alone', async (role, webCount, hasWorker) => {
    bulwark = await startBulwark({ BULWARK_ROLE: role });
    expect(bulwark.pids.web).toHaveLength(webCount);
    expect(bulwark.pids.worker !== null).toBe(hasWorker);
    expect((await fetch(`${bulwark.opsUrl}/health/ready`)).status).toBe(200);
  });

  it('serves without the replica that its configuration names', async () => {
    bulwark = await startBulwark({ DATABASE_REPLICA_URLS: 'postgres://127.0.0.1:1/bulwark' });
    expect((await bulwark.api.get('/v1/items')).status).toBe(200);
    expect((await fetch(`${bulwark.opsUrl}/health/ready`)).status).toBe(200);
  });

  it('migrates once, however often and in parallel the command runs', async () => {
    const runs = await Promise.all([runCli('migrate'), runCli('migrate'), runCli('migrate')]);
    for (const run of runs) expect(run).toEqual({ code: 0, output: 'The schema is up to date.\n' });
  });
});
