import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { signIn } from '../support/people.js';
import { ROOT } from '../support/source-files.js';

interface RunFile {
  app: string;
  ops: string;
  postgresPrimary: string;
  postgresReplica: string;
  pooler: string;
  redis: string;
  redisCache: string;
  paymentProvider: string;
  mailDir: string;
  staff: { email: string; password: string };
  pids: Record<string, number | number[]>;
}

const START_MAX_MS = 60_000;

describe('npm run up', () => {
  let dataDir: string;
  let up: ChildProcess | undefined;

  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'bulwark-up-'));
  });

  afterAll(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  const runFile = (): RunFile => JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as RunFile;
  const start = async (): Promise<RunFile> => {
    const { BULWARK_TEST_SERVICES: _services, ...environment } = process.env;
    up = spawn(process.execPath, ['dist/src/launcher/up.js'], {
      cwd: ROOT,
      stdio: 'ignore',
      env: { ...environment, BULWARK_DATA_DIR: dataDir },
    });
    return eventually(() => existsSync(join(dataDir, 'run.json')) && runFile(), START_MAX_MS);
  };
  const stop = (signal: NodeJS.Signals): Promise<number | null> =>
    new Promise((resolve) => {
      up?.once('exit', (code) => resolve(code));
      up?.kill(signal);
    });
  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  it('serves the sample catalog, tells where everything is, and is closed to other users', async () => {
    const run = await start();
    expect(statSync(join(dataDir, 'run.json')).mode & 0o777).toBe(0o600);
    expect(Object.keys(run.pids)).toEqual(
      expect.arrayContaining([
        'supervisor',
        'web',
        'worker',
        'postgresPrimary',
        'postgresReplica',
        'pooler',
        'redis',
        'redisCache',
        'paymentProvider',
      ]),
    );
    for (const name of [
      'postgresPrimary',
      'postgresReplica',
      'pooler',
      'redis',
      'redisCache',
      'paymentProvider',
    ] as const)
      expect(new URL(run[name]).hostname).toBe('127.0.0.1');
    const api = new ApiClient(run.app);
    const home = await api.get<{ sections: { items: unknown[] }[] }>('/v1/home');
    expect(home.body.sections[0]?.items.length).toBeGreaterThan(0);
    const staff = await signIn(api, run.staff.email, run.staff.password);
    expect((await api.get('/v1/ledger/trial-balance', { token: staff.token })).status).toBe(200);
    expect((await fetch(`${run.ops}/health/ready`)).status).toBe(200);
  });

  it('ends in order, and finds the same data when it comes back', async () => {
    const before = runFile();
    const staff = await signIn(new ApiClient(before.app), before.staff.email, before.staff.password);
    expect(await stop('SIGTERM')).toBe(0);
    expect(existsSync(join(dataDir, 'run.json'))).toBe(false);
    const after = await start();
    expect((await signIn(new ApiClient(after.app), before.staff.email, before.staff.password)).accountId).toBe(
      staff.accountId,
    );
  });

  it('leaves no process when its supervisor is killed', async () => {
    const pids = Object.values(runFile().pids).flat();
    await stop('SIGKILL');
    await eventually(() => !pids.some(isAlive));
  });
});
