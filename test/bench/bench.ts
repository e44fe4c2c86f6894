import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { BenchSystem, type BenchOptions } from './bench-system.js';
import { benchDatabaseMisses } from './database-misses.js';
import { benchEdgeHits } from './edge-hits.js';
import { benchMemoryHits } from './memory-hits.js';
import { benchMemoryLayer } from './memory-layer.js';
import { benchRedisHits } from './redis-hits.js';
import { benchStampede } from './stampede-loads.js';
import { benchStartTime } from './start-time.js';
import { benchSteadyState } from './steady-state.js';
import { benchPaymentWrites } from './payments/payment-writes.js';
import { benchPaymentGrowth } from './payments/payment-growth.js';
import { benchRelay } from './relay-drain.js';
import { benchTable } from './bench-table.js';
import { TARGETS, evaluateTarget, type BenchRow } from './targets.js';
import { reportFile } from '../load/built-files.js';
import { CleanUp } from '../load/clean-up.js';
import { canPin } from '../load/pinning.js';

/** In this order, so that the system has to start again as seldom as possible. */
const MEASURES: readonly { readonly names: string; readonly run: (system: BenchSystem) => Promise<BenchRow[]> }[] = [
  { names: 'P1 P2', run: benchMemoryHits },
  { names: 'P7 P17', run: benchSteadyState },
  { names: 'P4', run: benchRedisHits },
  { names: 'P5', run: benchDatabaseMisses },
  { names: 'P18', run: benchStartTime },
  { names: 'P3', run: benchEdgeHits },
  { names: 'P8', run: ({ options }) => benchMemoryLayer(options) },
  { names: 'P9 P10 P11', run: ({ options }) => benchPaymentWrites(options) },
  { names: 'P12', run: ({ options }) => benchRelay(options) },
  { names: 'P16', run: ({ options }) => benchPaymentGrowth(options) },
  { names: 'P6', run: ({ options }) => benchStampede(options) },
];

const LONG = { rounds: 3, roundSeconds: 8, steadySeconds: 60, items: 300_000, payments: 10_000_000 };
const QUICK = { rounds: 3, roundSeconds: 3, steadySeconds: 20, items: 300_000, payments: 1_000_000 };
/** A machine with a higher load average than this measures its neighbours. */
const BUSY_MAX = 0.7;
const USAGE = `Usage: npm run bench -- [--quick] [--only P1,P7]
  --quick       rounds of ${QUICK.roundSeconds} s instead of ${LONG.roundSeconds} s; more noise
  --only LIST   only these rows of the targets
`;

/** Measures the product beside its baselines, prints where each row stands, and writes reports/bench.json. */
async function main(args: readonly string[], cleanUp: CleanUp): Promise<number> {
  const onlyAt = args.indexOf('--only');
  const only = onlyAt < 0 ? null : (args[onlyAt + 1] ?? '').split(',').filter(Boolean);
  const known = args.every(
    (arg, index) => arg === '--quick' || arg === '--only' || (onlyAt >= 0 && index === onlyAt + 1),
  );
  if (!known || only?.length === 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const options: BenchOptions = { ...(args.includes('--quick') ? QUICK : LONG), cleanUp, say };
  if (!canPin())
    say('Without "taskset" and a second core, server and generator share the processor: ratios are blurred.');
  const busyBefore = loadavg()[0] ?? 0;
  if (busyBefore > BUSY_MAX)
    say(`Something else keeps this machine busy (load ${busyBefore.toFixed(1)}): the figures will be noisy.`);
  const system = new BenchSystem(options);
  const rows: BenchRow[] = [];
  for (const { names, run } of MEASURES) {
    if (only === null || names.split(' ').some((name) => only.includes(name)))
      rows.push(...(await run(system)).map(withLoad));
  }
  report(rows, options, busyBefore);
  return 0;
}

/** So that a reader can distinguish a bad figure from a busy machine; the measurement itself is part of it. */
function withLoad(row: BenchRow): BenchRow {
  return { ...row, evidence: { ...row.evidence, loadAverage: loadavg()[0] } };
}

function report(
  rows: readonly BenchRow[],
  { rounds, roundSeconds, steadySeconds, items, payments, say }: BenchOptions,
  busyBefore: number,
): void {
  const file = reportFile('bench.json');
  const machine = { cores: availableParallelism(), node: process.version, pinned: canPin(), loadBefore: busyBefore };
  const figures = rows.map((row) => ({ ...row, ...TARGETS[row.name], result: evaluateTarget(row.name, row.value) }));
  const settings = { rounds, roundSeconds, steadySeconds, items, payments };
  const report = { at: new Date().toISOString(), machine, settings, rows: figures };
  writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`);
  say(`\n${benchTable(rows)}\n\nReport: ${file}`);
}

const cleanUp = new CleanUp();
main(process.argv.slice(2), cleanUp)
  .catch((error: unknown) => {
    process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
    return 1;
  })
  .then(async (code) => {
    await cleanUp.run();
    process.exit(code);
  });
