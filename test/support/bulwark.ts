import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { probeFreePort } from '../../src/platform/machine/index.js';
import { ApiClient } from './api-client.js';
import { testServices } from './services.js';

const ROOT = join(__dirname, '..', '..');
const START_MAX_MS = 120_000;
const LOG_CHUNKS_MAX = 5_000;
/** Longer than what the product ships with: a suite about something else must not fail because the machine is busy. */
const LONG_WAITS = { DATABASE_ACQUIRE_TIMEOUT_MS: '4000' };
/** What the product ships with, for a suite about waiting itself. */
export const SHIPPED_WAITS = { DATABASE_ACQUIRE_TIMEOUT_MS: '' };

interface FleetMessage {
  type: 'fleet';
  ready: boolean;
  port: number | null;
  web: number[];
  worker: number | null;
}

/** A running instance of the product: real processes from the build. */
export class Bulwark {
  readonly api: ApiClient;
  private fleet: FleetMessage;

  constructor(
    private readonly process: ChildProcess,
    private readonly output: string[],
    first: FleetMessage,
    readonly opsUrl: string,
  ) {
    this.fleet = first;
    this.api = new ApiClient(`http://127.0.0.1:${first.port}`);
    process.on('message', (message: FleetMessage) => {
      this.fleet = message;
    });
  }

  /** Process ids as they are now. */
  get pids(): { head: number; web: number[]; worker: number | null } {
    return { head: this.process.pid ?? 0, web: this.fleet.web, worker: this.fleet.worker };
  }

  get url(): string {
    return this.api.baseUrl;
  }

  isReady(): boolean {
    return this.fleet.ready;
  }

  /** Everything that the processes have written so far. */
  logs(): string {
    return this.output.join('');
  }

  /** Ends it in order; answers the exit code. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  /** Kills every process at once, as a power cut would. */
  async kill(): Promise<void> {
    for (const pid of [...this.pids.web, this.pids.worker]) if (pid) process.kill(pid, 'SIGKILL');
    await this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const ended = new Promise<number | null>((resolve) => {
      this.process.once('exit', (code) => resolve(code));
    });
    this.process.kill(signal);
    return ended;
  }
}

/** Starts an instance on free ports and waits until it is ready. */
export async function startBulwark(environment: Record<string, string> = {}): Promise<Bulwark> {
  const opsPort = await probeFreePort();
  const child = spawn(process.execPath, ['dist/src/main.js'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      ...testServices().environment,
      BULWARK_DATA_DIR: testServices().dataDir,
      PORT: '0',
      OPS_PORT: String(opsPort),
      WEB_WORKERS: '1',
      RATE_LIMIT_PER_ADDRESS: '1000000',
      BULWARK_ENV: 'development',
      LOG_LEVEL: 'info',
      ...LONG_WAITS,
      ...environment,
    },
  });
  const output: string[] = [];
  const keep = (chunk: Buffer): void => {
    output.push(chunk.toString());
    if (output.length > LOG_CHUNKS_MAX) output.shift();
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const first = await readyMessage(child, output);
  return new Bulwark(child, output, first, `http://127.0.0.1:${opsPort}`);
}

function readyMessage(child: ChildProcess, output: string[]): Promise<FleetMessage> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`Bulwark ${why}. It said:\n${output.join('').slice(-8_000)}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not ready within ${START_MAX_MS} ms`);
    }, START_MAX_MS);
    child.on('message', (message: FleetMessage) => {
      if (!message.ready) return;
      clearTimeout(timer);
      resolve(message);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code} before it was ready`);
    });
  });
}

const STEADY_PORTS = { from: 15_000, to: 30_000 };

/** A free port that no outgoing connection is given: who listens there may stop for a moment and find it free again. */
export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = randomInt(STEADY_PORTS.from, STEADY_PORTS.to);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((resolve) => {
      server.close(resolve);
    });
    if (isFree) return port;
  }
}
