import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeFreePort } from '../../src/platform/machine/index.js';
import { runCli, type CliAnswer } from '../support/run-cli.js';
import { ROOT } from '../support/source-files.js';

/** Measuring tools, which have options of their own. */
const TOOLS = ['bench', 'drill'];
const NAMES = readdirSync(join(ROOT, 'src/cli'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace('.ts', ''))
  .filter((name) => !TOOLS.includes(name));
/** One of each way to reach the system: the application, the owner's connection, the loader, HTTP. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  'account-grant': ['ada@example.com', 'finance'],
  migrate: [],
  'catalog-generate': ['1'],
  doctor: [],
};
/** Two at a time: each reads the whole application. */
const AT_ONCE = 2;
const ALL_MAX_MS = 300_000;

type Answers = Record<string, CliAnswer>;

async function answersOf(names: readonly string[], run: (name: string) => Promise<CliAnswer>): Promise<Answers> {
  const waiting = [...names];
  const answers: Answers = {};
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) answers[name] = await run(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}

const samples = (...[args, environment]: [string[], Record<string, string | undefined>]): Promise<Answers> =>
  answersOf(Object.keys(SAMPLES), (name) => runCli(name, [...(SAMPLES[name] ?? []), ...args], environment));
const each = (names: readonly string[], code: number, output: RegExp): object =>
  Object.fromEntries(names.map((name) => [name, { code, output: expect.stringMatching(output) as string }]));

describe("the operators' commands", () => {
  it('all run by the one mechanism', () => {
    expect(NAMES.length).toBeGreaterThan(10);
    for (const name of NAMES)
      expect(readFileSync(join(ROOT, 'src/cli', `${name}.ts`), 'utf8')).toContain('runCommand(');
  });

  it(
    'show their help and exit with 0, also when nothing runs',
    async () => {
      const answers = await answersOf(NAMES, (name) => runCli(name, ['--help'], { DATABASE_URL: '', REDIS_URL: '' }));
      expect(answers).toEqual(each(NAMES, 0, /^Usage: npm run [a-z:-]+ -- /));
    },
    ALL_MAX_MS,
  );

  it(
    'refuse an unknown option in one line that leads to the help, and exit with 2',
    async () => {
      const line = /^Unknown option '--unknown-option'\. See "npm run [a-z:-]+ -- --help"\.\n$/;
      expect(await samples(['--unknown-option'], {})).toEqual(each(Object.keys(SAMPLES), 2, line));
    },
    ALL_MAX_MS,
  );

  it(
    'say in one line that nothing runs, and exit with 1',
    async () => {
      const nothing = { DATABASE_URL: '', REDIS_URL: '', REDIS_CACHE_URL: '' };
      const line = /^No system is running here\. Start "npm run up"[^\n]*\n$/;
      expect(await samples([], nothing)).toEqual(each(Object.keys(SAMPLES), 1, line));
    },
    ALL_MAX_MS,
  );

  it(
    'name the address that does not answer when the database is away, without a stack or a bare code',
    async () => {
      const url = `postgres://bulwark@127.0.0.1:${await probeFreePort()}/bulwark`;
      const away = { DATABASE_URL: url, DATABASE_DIRECT_URL: url, DATABASE_REPLICA_URLS: '' };
      const { doctor, ...others } = await samples([], away);
      const line = /^Nothing answers at 127\.0\.0\.1:\d+ \(connection refused\)\. [^\n]*\n$/;
      expect(others).toEqual(each(Object.keys(others), 1, line));
      expect(doctor).toMatchObject({ code: 1, output: expect.stringContaining('nothing answers at ') as string });
      expect(doctor?.output).not.toMatch(/\bE[A-Z]{4,}\b|\n {4}at /);
    },
    ALL_MAX_MS,
  );

  it('finish their work when their reader has gone', async () => {
    const command = `${process.execPath} dist/src/cli/catalog-generate.js --help | head -c 1; exit "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', command], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const code = await new Promise((resolve) => void child.once('close', resolve));
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
  });

  it('say that a full disk takes no output', async () => {
    const child = spawn('bash', ['-c', `${process.execPath} dist/src/cli/migrate.js --help > /dev/full`], {
      cwd: ROOT,
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const code = await new Promise((resolve) => void child.once('close', resolve));
    expect(code).toBe(1);
    expect(errors).toMatch(/the disk is full\.\n$/);
  });
});

describe('npm run', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulwark-commands-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('shows help and usage of a command when nothing runs', async () => {
    const bootstrap = (...args: string[]): Promise<CliAnswer> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, ['src/launcher/bootstrap.mjs', 'run', ...args], {
          cwd: ROOT,
          env: { ...process.env, BULWARK_DATA_DIR: folder, DATABASE_URL: '' },
        });
        let output = '';
        child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
        child.once('close', (code) => resolve({ code, output }));
      });
    expect(await bootstrap('account-grant', '--help')).toMatchObject({ code: 0 });
    expect(await bootstrap('account-grant')).toMatchObject({ code: 2 });
    expect(await bootstrap('keys-rotate')).toEqual({
      code: 1,
      output: expect.stringMatching(/^No system is running here\. Start "npm run up"[^\n]*\n$/) as string,
    });
  });
});
