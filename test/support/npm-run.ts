import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeFreePort } from '../../src/platform/machine/index.js';
import { ApiClient } from './api-client.js';
import { eventually } from './eventually.js';
import { descendantsOf, isAlive } from './process-tree.js';
import { testServices } from './services.js';
import { ROOT } from './source-files.js';

/** Who gets a signal. */
export type Receiver = 'the process' | 'npm' | 'the group' | 'the terminal';

const START_MAX_MS = 90_000;
/** The file of the process that serves or supervises, as its command line names it. */
const FILES = { up: /bootstrap\.mjs up/, start: /bootstrap\.mjs start/ };

/** `npm run up` or `npm start` as a person types it, against the services of this test run. */
export class NpmRun {
  private readonly output: string[] = [];
  private pids: number[] = [];

  private constructor(
    private readonly command: keyof typeof FILES,
    private readonly dataDir: string,
    readonly api: ApiClient,
    private readonly opsPort: number,
    private readonly child: ChildProcess,
  ) {}

  /** Starts it in a process group of its own, or in a terminal of its own, and returns when it serves. */
  static async start(command: keyof typeof FILES, inTerminal: boolean): Promise<NpmRun> {
    const [port, opsPort] = [await probeFreePort(), await probeFreePort()];
    const dataDir = mkdtempSync(join(tmpdir(), 'bulwark-npm-'));
    writeFileSync(join(dataDir, 'sample-loaded'), '');
    const line = command === 'up' ? 'npm run up' : 'npm start';
    const [program = '', ...args] = inTerminal ? ['script', '-qec', line, '/dev/null'] : line.split(' ');
    const child = spawn(program, args, {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...withoutNpm(process.env),
        ...testServices().environment,
        BULWARK_DATA_DIR: dataDir,
        BULWARK_ENV: 'development',
        BULWARK_ROLE: 'web',
        WEB_WORKERS: '1',
        PORT: String(port),
        OPS_PORT: String(opsPort),
      },
    });
    const run = new NpmRun(command, dataDir, new ApiClient(`http://127.0.0.1:${port}`), opsPort, child);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => run.output.push(chunk.toString()));
    await run.awaitReady();
    return run;
  }

  /** The exit code of npm; null when it ended by a signal. Resolves when it has ended. */
  get exitCode(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return Promise.resolve(this.child.exitCode);
    return new Promise((resolve) => {
      this.child.once('exit', (code) => resolve(code));
    });
  }

  /** Everything that it printed. */
  get said(): string {
    return this.output.join('');
  }

  signal(signal: NodeJS.Signals, receiver: Receiver): void {
    const { pid = 0 } = this.child;
    if (receiver === 'the group') process.kill(-pid, signal);
    else if (receiver === 'npm') process.kill(pid, signal);
    // The program that holds the terminal goes away, as when its window is closed.
    else if (receiver === 'the terminal') process.kill(pid, 'SIGKILL');
    else process.kill(this.servingPid(), signal);
  }

  /** Those of its processes that still run. */
  left(): number[] {
    return this.pids.filter(isAlive);
  }

  remove(): void {
    for (const pid of this.left()) process.kill(pid, 'SIGKILL');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async awaitReady(): Promise<void> {
    await eventually(async () => {
      if (this.child.exitCode !== null) throw new Error(`It ended with ${this.child.exitCode}:\n${this.said}`);
      return (await fetch(`http://127.0.0.1:${this.opsPort}/health/ready`)).ok;
    }, START_MAX_MS);
    this.pids = [this.child.pid ?? 0, ...descendantsOf(this.child.pid ?? 0).map(({ pid }) => pid)];
  }

  /** The last of the processes that lead to the one that serves: an older Node stands in front of ours. */
  private servingPid(): number {
    const own = descendantsOf(this.child.pid ?? 0).filter(({ commandLine }) => FILES[this.command].test(commandLine));
    const parents = new Set(own.map(({ parent }) => parent));
    const last = own.find(({ pid }) => !parents.has(pid));
    if (last === undefined) throw new Error(`No process of "${this.command}" runs.`);
    return last.pid;
  }
}

/** Or the command would take our npm for its own. */
function withoutNpm(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^npm_|^BULWARK_TEST_SERVICES$|^NODE_ENV$/i.test(name)),
  );
}
