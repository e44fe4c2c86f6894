import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BootstrapError, localBin, ROOT } from './machine.mjs';

const POOL_SIZE = '--pooler-pool-size';

/**
 * Lint, types and all suites; with arguments only the suites that they choose. `--pooler-pool-size N` is no choice of
 * suites.
 */
export async function runTests(given) {
  const args = takePoolSize(given);
  await ensurePrograms();
  const { withDeathSignal } = await import(builtUrl('machine/death-signal.js'));
  const jest = { heading: 'Suites', program: localBin('jest'), args };
  const steps =
    args.length > 0
      ? [jest]
      : [
          { heading: 'Formatting, lint and boundaries', program: 'npm', args: ['run', '-s', 'lint'] },
          { heading: 'Types', program: 'npm', args: ['run', '-s', 'types'] },
          { ...jest, args: ['--json', '--outputFile=reports/jest.json', '--testLocationInResults=false'] },
        ];
  // An old report must not stand for a run that never came to its suites.
  mkdirSync(join(ROOT, 'reports'), { recursive: true });
  rmSync(join(ROOT, 'reports/jest.json'), { force: true });
  const failed = [];
  for (const { heading, program, args: stepArgs } of steps) {
    process.stdout.write(`\n== ${heading}\n`);
    const status = await run(...withDeathSignal('TERM', program, stepArgs));
    if (status !== 0) failed.push(heading);
  }
  if (failed.length > 0) throw new BootstrapError(`\nFailed: ${failed.join(', ')}`);
  process.stdout.write('\nAll passed.\n');
}

/** With few server connections for each role, whatever needs a connection of its own shows itself. */
function takePoolSize(args) {
  const at = args.indexOf(POOL_SIZE);
  if (at === -1) return args;
  if (!/^[1-9]\d*$/.test(args[at + 1] ?? ''))
    throw new BootstrapError(`${POOL_SIZE} wants a number: npm test -- ${POOL_SIZE} 2`);
  process.env.BULWARK_POOLER_POOL_SIZE = args[at + 1];
  return args.toSpliced(at, 2);
}

async function ensurePrograms() {
  const { ensureSystemPrograms } = await import(builtUrl('machine/find-programs.js'));
  try {
    ensureSystemPrograms(['redis', 'pgbouncer'], (text) => process.stdout.write(`  ${text}\n`));
  } catch (error) {
    if (error.name !== 'LauncherError') throw error;
    throw new BootstrapError(error.message);
  }
}

function builtUrl(file) {
  return pathToFileURL(join(ROOT, 'dist', 'src', 'launcher', file)).href;
}

/** Runs a step with our terminal; a signal to us is one to it, and we end after it. */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit' });
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    child.once('error', reject);
    child.once('close', (status, signal) => {
      for (const one of signals) process.removeListener(one, forward);
      if (signal === 'SIGINT' || signal === 'SIGTERM') process.exit(130);
      resolve(status ?? 1);
    });
  });
}
