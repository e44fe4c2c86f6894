import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { eventually } from './eventually.js';
import { ROOT } from './source-files.js';

export interface RunFile {
  app: string;
  ops: string;
  postgresPrimary: string;
  postgresReplica: string;
  pooler: string;
  poolerReplicas: string;
  paymentProvider: string;
  mailDir: string;
  staff: { email: string; password: string };
  pids: {
    supervisor: number;
    web: number[];
    worker: number;
    postgresPrimary: number;
    postgresReplica: number | null;
    pooler: number;
  };
}

const START_MAX_MS = 90_000;
const QUERY_MAX_MS = 10_000;

/** `npm run up` on a data folder of its own. */
export class Up {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'bulwark-up-'));
  private child: ChildProcess | undefined;
  private said: string[] = [];

  /** What its run.json says now. */
  get run(): RunFile {
    return JSON.parse(readFileSync(join(this.dataDir, 'run.json'), 'utf8')) as RunFile;
  }

  /** Everything that it printed since its last start. */
  get output(): string {
    return this.said.join('');
  }

  async start(more: Record<string, string> = {}): Promise<RunFile> {
    const { BULWARK_TEST_SERVICES: _services, ...environment } = process.env;
    this.said = [];
    const child = spawn(process.execPath, ['dist/src/launcher/up.js'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...environment,
        BULWARK_DATA_DIR: this.dataDir,
        PORT: '0',
        OPS_PORT: '0',
        WEB_WORKERS: '1',
        RATE_LIMIT_PER_ADDRESS: '1000000',
        ...more,
      },
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => this.said.push(chunk.toString()));
    return eventually(() => {
      if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${this.output}`);
      return existsSync(join(this.dataDir, 'run.json')) && this.run;
    }, START_MAX_MS);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', (code) => resolve(code));
    });
    child.kill(signal);
    return ended;
  }

  async remove(): Promise<void> {
    await this.end();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** `npm run db:promote` on a data folder. */
export function promote(dataDir: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['dist/src/launcher/db-promote.js'], {
      cwd: ROOT,
      env: { ...process.env, BULWARK_DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Rows of one statement in a session of its own. */
export async function queryAt<T extends object>(url: string, sql: string, parameters: unknown[] = []): Promise<T[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000, query_timeout: QUERY_MAX_MS });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql, parameters)).rows as T[];
  } finally {
    await client.end();
  }
}
