import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { identifyProcess } from '../../src/launcher/machine/process-identity.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { testServices, type TestServices } from '../support/services.js';
import { ROOT } from '../support/source-files.js';

/** Another test run: it serves sets of services until it is killed. */
const OTHER_RUN = `
  import { ServiceSets } from './test/support/service-sets.mjs';
  console.log(await new ServiceSets().listen());`;

describe('the services of the e2e suites', () => {
  const runs: ChildProcess[] = [];

  afterAll(() => runs.forEach((run) => run.kill('SIGKILL')));

  const startRun = async (): Promise<{ run: ChildProcess; url: string }> => {
    const run = spawn(process.execPath, ['--input-type=module', '-e', OTHER_RUN], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    runs.push(run);
    const [url] = (await once(createInterface({ input: run.stdout }), 'line')) as [string];
    return { run, url };
  };

  it('belong to one worker alone, and end, their files included, when its run is killed', async () => {
    const { run, url } = await startRun();
    const theirs = (await (await fetch(`${url}/1`)).json()) as TestServices;
    const addressesOf = ({ dataDir, mailDir, ...rest }: TestServices): string[] => [
      dataDir,
      mailDir,
      rest.postgresPrimary,
      rest.postgresReplica,
      rest.pooler,
      rest.redis,
      rest.redisCache,
      ...Object.values(rest.pids).map(String),
    ];
    const ours = new Set(addressesOf(testServices()));
    expect(addressesOf(theirs).filter((address) => ours.has(address))).toEqual([]);
    run.kill('SIGKILL');
    await eventually(() => Object.values(theirs.pids).every((pid) => identifyProcess(pid) === null));
    expect(existsSync(theirs.dataDir)).toBe(true);
    await startRun();
    expect(existsSync(theirs.dataDir)).toBe(false);
    expect(existsSync(testServices().dataDir)).toBe(true);
  });

  it('are as the migrations left them after a fresh start, whatever a suite has done', async () => {
    await freshStart();
    const before = await query<{ name: string }>('SELECT nspname AS name FROM pg_namespace ORDER BY 1');
    await query('DROP SCHEMA catalog CASCADE');
    await query('CREATE SCHEMA left_behind');
    await freshStart();
    expect(await query('SELECT nspname AS name FROM pg_namespace ORDER BY 1')).toEqual(before);
  });
});
