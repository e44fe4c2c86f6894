import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedCommand, SERVER_CORE } from '../../load/pinning.js';
import type { Throughput } from '../../load/wrk.js';

/** Debian keeps the programs of a server out of the PATH. */
const DEBIAN = '/usr/lib/postgresql';
const OUTPUT_BYTES_MAX = 100_000;
/** Ids go on from here, and each run leaves the last one's behind. */
const FIRST_ID = 1_000_000_000_004_000n;
const IDS_PER_RUN = 10_000_000n;
const MICROS_PER_MS = 1_000;
let runs = 0n;

export interface PgbenchOptions {
  readonly program: string;
  readonly connectionString: string;
  readonly scriptFile: string;
  readonly folder: string;
  readonly clients: number;
  readonly seconds: number;
  /** Transactions begin at this rate whether or not others have ended; without it, as fast as they go. */
  readonly perSecond?: number;
}

/** The path of pgbench; null when it is not on this machine. */
export function findPgbench(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const candidates = ['pgbench', ...versions.map((version) => join(DEBIAN, version, 'bin', 'pgbench'))];
  return candidates.find((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0) ?? null;
}

/** Runs the script on the server's core, where the product runs in its turn. @throws Error when a transaction failed */
export async function runPgbench({
  program,
  connectionString,
  scriptFile,
  folder,
  clients,
  seconds,
  perSecond,
}: PgbenchOptions): Promise<Throughput> {
  const first = FIRST_ID + IDS_PER_RUN * runs++;
  const logs = mkdtempSync(join(folder, 'pgbench-'));
  const args = [
    '--no-vacuum',
    '--protocol=simple',
    '--jobs=1',
    `--client=${clients}`,
    `--time=${seconds}`,
    `--file=${scriptFile}`,
    `--define=next=${first}`,
    '--log',
    `--log-prefix=${join(logs, 'log')}`,
    ...(perSecond === undefined ? [] : [`--rate=${perSecond}`]),
    connectionString,
  ];
  try {
    const { code, text } = await outputOf(...pinnedCommand(SERVER_CORE, program, args));
    const perSecondMeasured = Number(/tps = ([\d.]+)/.exec(text)?.[1] ?? 0);
    if (code !== 0 || perSecondMeasured === 0) throw new Error(`pgbench failed (${code}):\n${text.slice(-4_000)}`);
    const latencies = readLatencies(logs);
    return {
      perSecond: perSecondMeasured,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      failures: 0,
    };
  } finally {
    rmSync(logs, { recursive: true, force: true });
  }
}

/** The third column of each line is the transaction's time in microseconds, counted from when it should have begun. */
function readLatencies(folder: string): Float64Array {
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'));
  return Float64Array.from(lines, (line) => Number(line.split(' ')[2] ?? 0) / MICROS_PER_MS).toSorted();
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function outputOf(program: string, args: readonly string[]): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    const keep = (chunk: Buffer): void => {
      if (text.length < OUTPUT_BYTES_MAX) text += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}
