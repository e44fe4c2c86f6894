import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { bootstrapUrl } from '../../../test/support/bootstrap.js';
import { eventually } from '../../../test/support/eventually.js';

/** A Node before 22.15 cannot replace itself. */
const WAYS = [
  ['becoming the other program', ''],
  ['staying in front of it', 'process.execve = undefined;'],
] as const;

/** Node in front, which hands over to Node with a script. */
function handOver(way: string, script: string, environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const front = `${way}
    const { continueOn } = await import(${JSON.stringify(bootstrapUrl('hand-over.mjs'))});
    await continueOn(process.execPath, ['-e', ${JSON.stringify(script)}]);`;
  return spawn(process.execPath, ['--input-type=module', '-e', front], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** What the process wrote, its exit code and signal, once it has ended. */
async function endOf(child: ChildProcess): Promise<{ out: string; err: string; code: number; signal: string }> {
  const [out, err, [code, signal]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'exit'),
  ]);
  return { out, err, code: code as number, signal: signal as string };
}

/** Waits for the number of the process behind. */
async function saysPid(child: ChildProcess): Promise<number> {
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return Number(line.toString());
}

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const SAY_PID = 'console.log(process.pid); setInterval(() => undefined, 1000);';

describe.each(WAYS)('a hand-over by %s', (_name, way) => {
  it('keeps the exit code, the input and the output', async () => {
    const child = handOver(way, 'process.stdin.on("data", (d) => { process.stdout.write(d); process.exitCode = 7; });');
    child.stdin?.end('through');
    expect(await endOf(child)).toMatchObject({ out: 'through', code: 7, err: '' });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on and ends as the program ends', async (signal) => {
    const orderly = handOver(way, `process.on('${signal}', () => process.exit(3)); ${SAY_PID}`);
    await saysPid(orderly);
    orderly.kill(signal);
    expect(await endOf(orderly)).toMatchObject({ code: 3, signal: null });
    const abrupt = handOver(way, SAY_PID);
    await saysPid(abrupt);
    abrupt.kill(signal);
    expect(await endOf(abrupt)).toMatchObject({ code: null, signal });
  });

  it('leaves nothing running when it is killed outright', async () => {
    const child = handOver(way, SAY_PID);
    const pid = await saysPid(child);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await eventually(() => !isAlive(pid), 5_000);
  });

  it('leaves nothing of another Node in the environment', async () => {
    const child = handOver(
      way,
      'console.log(process.env.NODE_PATH, process.env.NODE, process.env.NODE_EXTRA_CA_CERTS)',
      {
        NODE_PATH: '/other/modules',
        NODE: '/usr/bin/other',
        NODE_EXTRA_CA_CERTS: '',
      },
    );
    expect((await endOf(child)).out).toBe(`undefined ${process.execPath} \n`);
  });
});

describe('a hand-over that cannot be', () => {
  const failing = (binary: string, environment: NodeJS.ProcessEnv): ChildProcess =>
    spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const options = process.env.OPTIONS_THERE; if (options) process.env.NODE_OPTIONS = options;
         const { continueOn } = await import(${JSON.stringify(bootstrapUrl('hand-over.mjs'))});
         try { continueOn(${JSON.stringify(binary)}, ['-e', '0']); } catch (error) { console.log(error.message); }`,
      ],
      { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    );

  it('names the flag of NODE_OPTIONS that the other one does not take', async () => {
    const { out } = await endOf(
      failing(process.execPath, { OPTIONS_THERE: '--max-http-header-size=9 --gone-since-21' }),
    );
    expect(out).toMatch(
      /^Bulwark runs on Node \S+, which does not take a flag of this NODE_OPTIONS .*: --gone-since-21 is not allowed/,
    );
    expect(out.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['is not there', '/nonexistent/node'],
    ['may not be run', '/etc/passwd'],
    ['fails', '/bin/false'],
  ])('says so when the program %s', async (_case, binary) => {
    expect((await endOf(failing(binary, {}))).out).toMatch(/^Bulwark runs on Node \S+, which does not run here: \S/);
  });
});
