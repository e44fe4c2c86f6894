import { spawn, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GENERATOR_CORE, pinnedCommand } from './pinning.js';

/** What a run of a generator says about a server. */
export interface Throughput {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers outside 200 to 399, and requests without one. */
  readonly failures: number;
}

export interface WrkOptions {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  /** A Lua script that makes the requests; without it the URL is asked for. */
  readonly script?: string;
}

const INSTALL_TIMEOUT_MS = 240_000;
const OUTPUT_BYTES_MAX = 100_000;
let found: boolean | undefined;

/** Whether wrk is here; installs Debian's package where root may. */
export function ensureWrk(say: (text: string) => void): boolean {
  found ??= isThere() || install(say);
  return found;
}

/** Runs wrk with one thread on the generator's core. */
export async function runWrk({ url, seconds, connections, script }: WrkOptions): Promise<Throughput> {
  const scriptFile = script === undefined ? null : join(tmpdir(), `bulwark-wrk-${process.pid}.lua`);
  if (scriptFile !== null) writeFileSync(scriptFile, script ?? '');
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    '--timeout',
    '10s',
    ...(scriptFile === null ? [] : ['-s', scriptFile]),
    url,
  ];
  try {
    return parseWrk(await outputOf(...pinnedCommand(GENERATOR_CORE, 'wrk', args)));
  } finally {
    if (scriptFile !== null) rmSync(scriptFile, { force: true });
  }
}

/** @throws Error when the text is no result of wrk */
export function parseWrk(text: string): Throughput {
  const perSecond = /Requests\/sec:\s+([\d.]+)/.exec(text)?.[1];
  if (perSecond === undefined) throw new Error(`wrk did not answer with a result:\n${text}`);
  const socketErrors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  return {
    perSecond: Number(perSecond),
    p50Ms: percentile(text, 50),
    p99Ms: percentile(text, 99),
    failures: refused + socketErrors.reduce((sum, count) => sum + Number(count), 0),
  };
}

const MS_OF = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

function percentile(text: string, percent: number): number {
  const [, value, unit] = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m)$`, 'm').exec(text) ?? [];
  return Number(value ?? 0) * MS_OF[(unit ?? 'ms') as keyof typeof MS_OF];
}

function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    const keep = (chunk: Buffer): void => {
      if (text.length < OUTPUT_BYTES_MAX) text += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}

function isThere(): boolean {
  // It exits with 1 after it has printed its version.
  return spawnSync('wrk', ['-v'], { stdio: 'ignore' }).error === undefined;
}

function install(say: (text: string) => void): boolean {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).error !== undefined)
    return false;
  say('Installing wrk with apt-get');
  const options = { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS } as const;
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=60', 'update', '-q'], options);
  spawnSync(
    'apt-get',
    ['-o', 'DPkg::Lock::Timeout=60', 'install', '-y', '-q', '--no-install-recommends', 'wrk'],
    options,
  );
  return isThere();
}
