import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { builtFile, REPOSITORY } from './built-files.js';
import { probeFreePort } from '../../src/platform/machine/index.js';

/** The part of `run.json` that measurements use. */
export interface RunFile {
  readonly app: string;
  readonly ops: string;
  readonly edge?: string;
  readonly postgresPrimary: string;
  readonly postgresReplica: string;
  readonly pooler: string;
  readonly redis: string;
  readonly redisCache: string;
  readonly paymentProvider: string;
  readonly smtp: string;
  readonly staff: { readonly email: string; readonly password: string };
  readonly pids: { readonly web: readonly number[]; readonly worker: number | null } & Readonly<
    Record<string, unknown>
  >;
}

export interface InstanceOptions {
  /** Kept by the caller; a second start in the same folder finds the same data. */
  readonly dataDir: string;
  /** Variables of the product. */
  readonly settings: Readonly<Record<string, string>>;
  /** Arguments of `npm run up`. */
  readonly args?: readonly string[];
}

const START_MAX_MS = 180_000;
const STOP_MAX_MS = 60_000;
const POLL_MS = 50;
const OUTPUT_CHUNKS_MAX = 200;
/** A measurement brings services of its own, whatever is configured around it. */
const SETTINGS_OF_OTHERS =
  /^(DATABASE_|REDIS_|PAYMENT_|SMTP_|STAFF_|BULWARK_|CACHE_|RATE_LIMIT_|WEB_WORKERS$|PORT$|OPS_PORT$|EDGE_|HOST$|npm_)/;

/** A whole system of its own: `npm run up` in a folder of its own, on free ports. */
export class Instance {
  constructor(
    private readonly child: ChildProcess,
    readonly dataDir: string,
    readonly readyAfterMs: number,
  ) {}

  /** Addresses and process ids as they are now. */
  get run(): RunFile {
    return JSON.parse(readFileSync(join(this.dataDir, 'run.json'), 'utf8')) as RunFile;
  }

  /** Ends it in order, as Ctrl-C does. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGINT');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MAX_MS);
    await ended;
    clearTimeout(late);
  }
}

/**
 * Starts a system and waits until it serves.
 * @throws Error with the end of what it printed when it does not
 */
export async function startInstance({ dataDir, settings, args = [] }: InstanceOptions): Promise<Instance> {
  const [port, opsPort, edgePort] = [await probeFreePort(), await probeFreePort(), await probeFreePort()];
  const began = performance.now();
  const child = spawn(process.execPath, [builtFile('src/launcher/up.js'), ...args], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Seeing itself as started by npm, it ends when this process is killed.
    env: {
      ...ownEnvironment(),
      npm_lifecycle_event: 'up',
      BULWARK_DATA_DIR: dataDir,
      PORT: String(port),
      OPS_PORT: String(opsPort),
      EDGE_PORT: String(edgePort),
      LOG_LEVEL: 'error',
      ...settings,
    },
  });
  const output = keepOutput(child);
  const instance = () => new Instance(child, dataDir, performance.now() - began);
  while (performance.now() - began < START_MAX_MS) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(
        `The system ended with ${child.exitCode ?? child.signalCode} while it ` +
          `started:\n${output.join('').slice(-4_000)}`,
      );
    if (existsSync(join(dataDir, 'run.json'))) return instance();
    await delay(POLL_MS);
  }
  await instance().stop();
  throw new Error(`The system was not ready after ${START_MAX_MS / 1_000} s:\n${output.join('').slice(-4_000)}`);
}

interface FleetMessage {
  readonly type: 'fleet';
  readonly ready: boolean;
  readonly port: number | null;
  readonly worker: number | null;
}

/** One more instance of the product beside the system: `npm start` against its services. */
export class ExtraInstance {
  /** @param fleet its processes, as they are when it serves */
  constructor(
    private readonly child: ChildProcess,
    private fleet: FleetMessage,
    readonly ops: string,
  ) {
    child.on('message', (message: FleetMessage) => {
      this.fleet = message;
    });
  }

  get app(): string {
    return `http://127.0.0.1:${this.fleet.port}`;
  }

  /** The process id of its worker as it is now. */
  get worker(): number | null {
    return this.fleet.worker;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MAX_MS);
    await ended;
    clearTimeout(late);
  }
}

/**
 * Starts an instance of the product against the services of a system and waits until it serves.
 * @param replaced a file of the build that replaces one of its providers; without it, the product runs as it ships
 * @throws Error with the end of what it printed when it does not
 */
export async function startExtraInstance(
  instance: Instance,
  settings: Readonly<Record<string, string>>,
  replaced?: string,
): Promise<ExtraInstance> {
  const opsPort = await probeFreePort();
  // A port of its own: when every process of the instance dies at once, port 0 would be another one afterwards.
  const port = await probeFreePort();
  const child = spawn(process.execPath, [...replacing(replaced), builtFile('src/main.js')], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...environmentOf(instance), PORT: String(port), OPS_PORT: String(opsPort), ...settings },
  });
  const output = keepOutput(child);
  const fleet = await new Promise<FleetMessage>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`An instance ${why}:\n${output.join('').slice(-4_000)}`));
    const late = setTimeout(() => fail(`was not ready after ${START_MAX_MS / 1_000} s`), START_MAX_MS);
    child.once('exit', (code) => {
      clearTimeout(late);
      fail(`ended with ${code} while it started`);
    });
    child.on('message', (message: FleetMessage) => {
      if (!message.ready) return;
      clearTimeout(late);
      resolve(message);
    });
  });
  return new ExtraInstance(child, fleet, `http://127.0.0.1:${opsPort}`);
}

/** Flags of node that load a file before the entry file; a cluster primary hands its flags on to its processes. */
export function replacing(file: string | undefined): string[] {
  return file === undefined ? [] : ['--import', pathToFileURL(builtFile(file)).href];
}

/** Runs a command of the product against an instance to its end; answers what it printed. */
export async function runCommand(instance: Instance, name: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [builtFile(`src/cli/${name}.js`), ...args], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environmentOf(instance),
  });
  const output = keepOutput(child);
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}:\n${output.join('').slice(-4_000)}`);
  return output.join('').trim();
}

/** What a process of the product needs to work with an instance's services. */
export function environmentOf({ run, dataDir }: Instance): Record<string, string | undefined> {
  const replica = new URL(run.pooler);
  replica.pathname = '/bulwark_replica';
  return {
    ...ownEnvironment(),
    BULWARK_DATA_DIR: dataDir,
    BULWARK_ENV: 'development',
    LOG_LEVEL: 'error',
    DATABASE_URL: run.pooler,
    DATABASE_DIRECT_URL: run.postgresPrimary,
    DATABASE_REPLICA_URLS: replica.toString(),
    REDIS_URL: run.redis,
    REDIS_CACHE_URL: run.redisCache,
    PAYMENT_PROVIDER_URL: run.paymentProvider,
    SMTP_URL: run.smtp,
  };
}

function ownEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTINGS_OF_OTHERS.test(name)));
}

function keepOutput(child: ChildProcess): string[] {
  const output: string[] = [];
  const keep = (chunk: Buffer): void => {
    output.push(chunk.toString());
    if (output.length > OUTPUT_CHUNKS_MAX) output.shift();
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return output;
}
