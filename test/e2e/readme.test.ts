import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { readDocument, sectionOf } from '../support/markdown.js';
import { signIn } from '../support/people.js';
import { ROOT } from '../support/source-files.js';
import type { RunFile } from '../support/up.js';

interface TrialBalance {
  balanced: boolean;
  accounts: { balance: { amount: number } }[];
}

/** With a build, on a machine that is busy with other suites. */
const START_MAX_MS = 300_000;
const COMMANDS_MAX_MS = 120_000;
/** What no clone has. The packages are linked, since an installation needs a registry, and the build is copied. */
const NOT_IN_A_CLONE = new Set(['.git', '.bulwark', 'node_modules', 'reports', 'coverage']);

/** The shell blocks below a heading of the README. */
const blocksOf = (heading: string): string[] =>
  [...sectionOf(readDocument('README.md'), heading).matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
    (match) => match[1] ?? '',
  );

const [commands = ''] = blocksOf('Two commands');
const upCommand = commands.split('\n').find((line) => line.startsWith('npm run up')) ?? '';
const [order = '', proof = ''] = blocksOf('A first order');

describe('the README, literally, in a clone with nothing beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-readme-'));
  const clone = join(folder, 'bulwark');
  const environment = (): NodeJS.ProcessEnv => {
    const { BULWARK_TEST_SERVICES: _services, BULWARK_DATA_DIR: _dataDir, ...rest } = process.env;
    // Only the ports differ from what a reader types: another system may have the usual ones.
    return { ...rest, PORT: '0', OPS_PORT: '0' };
  };
  let up: ChildProcess;
  let said = '';
  const run = (): RunFile => JSON.parse(readFileSync(join(clone, '.bulwark/run.json'), 'utf8')) as RunFile;

  /** One shell that types block after block, as a reader's terminal does. */
  const type = (...blocks: string[]): string => {
    const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', blocks.join('\n')], {
      cwd: clone,
      env: environment(),
      encoding: 'utf8',
      timeout: COMMANDS_MAX_MS,
    });
    if (status !== 0) throw new Error(`It ended with ${status}:\n${stdout}\n${stderr}`);
    return stdout;
  };

  beforeAll(async () => {
    cpSync(ROOT, clone, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !NOT_IN_A_CLONE.has(relative(ROOT, path)),
    });
    symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    up = spawn('sh', ['-c', `exec ${upCommand}`], {
      cwd: clone,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [up.stdout, up.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise<never>((_resolve, reject) => {
      up.once('exit', (code) => reject(new Error(`"${upCommand}" ended with ${code}:\n${said}`)));
    });
    const serving = eventually(() => existsSync(join(clone, '.bulwark/run.json')), START_MAX_MS).catch(() => {
      throw new Error(`"${upCommand}" does not serve after ${START_MAX_MS} ms:\n${said}`);
    });
    await Promise.race([serving, ended]);
    // From here on its end is wanted.
    ended.catch(() => undefined);
  }, START_MAX_MS + COMMANDS_MAX_MS);

  afterAll(async () => {
    if (up.exitCode === null && up.pid !== undefined) {
      const ended = new Promise((resolve) => {
        up.once('exit', resolve);
      });
      process.kill(-up.pid, 'SIGINT');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('names the command that starts it, and has a first order with its proof', () => {
    expect(upCommand).toMatch(/^npm run up\b/);
    expect(order).toContain('/v1/payments');
    expect(proof).toContain('/v1/ledger/trial-balance');
    expect([order, proof].join('\n')).not.toContain('../');
  });

  it('takes a new reader to a paid order, its receipt and a balanced ledger', async () => {
    const output = type(order, proof);
    const payments = [...output.matchAll(/^\{"id":.*"lines":.*$/gm)].map(([line]) => line);
    const [paid = '', replayed] = payments;
    expect(payments).toHaveLength(2);
    expect(replayed).toBe(paid);
    expect(output.match(/^idempotency-replayed: true/gim)).toHaveLength(1);
    expect(output).toMatch(/\.eml$/m);

    const { id, status, amount, lines } = JSON.parse(paid) as {
      id: string;
      status: string;
      amount: { amount: number; currency: string };
      lines: { title: string }[];
    };
    expect(status).toBe('captured');
    expect(lines[0]?.title).toMatch(/lamp/i);
    expect(JSON.parse(output.slice(output.lastIndexOf('{"balanced"')))).toMatchObject({ balanced: true });

    const api = new ApiClient(run().app);
    const { token } = await signIn(api, run().staff.email, run().staff.password);
    await eventually(async () => {
      const { body } = await api.get<TrialBalance>('/v1/ledger/trial-balance', { token });
      expect(body.balanced).toBe(true);
      expect(body.accounts.map(({ balance }) => Math.abs(balance.amount))).toEqual([amount.amount, amount.amount]);
      return true;
    });
    const charges = await fetch(`${run().paymentProvider}/sandbox/charges?payment=${id}`);
    expect(await charges.json()).toMatchObject([{ payment: id, ...amount, status: 'captured', refunded: 0 }]);
  });
});
