import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { testServices } from './services.js';

const ROOT = join(__dirname, '..', '..');

/** What a command answered. */
export interface CliAnswer {
  readonly code: number | null;
  /** stdout and stderr together. */
  readonly output: string;
}

/** A command that runs. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliAnswer>;
}

/** Starts one of `dist/src/cli` against the test services; `undefined` takes a variable away. */
export function startCli(
  name: string,
  args: string[] = [],
  environment: Record<string, string | undefined> = {},
): RunningCli {
  const child = spawn(process.execPath, [join(ROOT, 'dist/src/cli', `${name}.js`), ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...testServices().environment,
      BULWARK_DATA_DIR: testServices().dataDir,
      INIT_CWD: ROOT,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<CliAnswer>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
  return { child, ended };
}

/** Runs one of `dist/src/cli` to its end. */
export function runCli(
  name: string,
  args: string[] = [],
  environment: Record<string, string | undefined> = {},
): Promise<CliAnswer> {
  return startCli(name, args, environment).ended;
}
