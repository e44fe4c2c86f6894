import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BootstrapError, ROOT } from './machine.mjs';
import { requireJestFlags } from './runtime.mjs';

const POOL_SIZE = '--pooler-pool-size';
const LONG = '--long';
const REPORT = ['--json', '--outputFile=reports/jest.json', '--testLocationInResults=false'];

/**
 * Without arguments lint and types beside all suites; with arguments jest alone, with them: a path, or options of jest.
 * `--pooler-pool-size N` and `--long` choose no suites. The e2e suites' own set-up builds and starts what they need, so
 * that a unit suite waits for neither.
 */
export async function runTests(given) {
  // Before anything is started: jest runs in this process.
  requireJestFlags();
  const args = takeLong(takePoolSize(given));
  // An old report must not stand for a run that never came to its suites.
  mkdirSync(join(ROOT, 'reports'), { recursive: true });
  rmSync(join(ROOT, 'reports/jest.json'), { force: true });
  const failed = args.length > 0 ? await runSuites(args) : await runEverything();
  if (failed.length > 0) throw new BootstrapError(`\nFailed: ${failed.join(', ')}`);
  process.stdout.write('\nAll passed.\n');
}

async function runEverything() {
  // Jest redraws its last lines on a terminal and would erase what a step beside it says; not when it believes in a CI.
  process.env.CI ??= 'true';
  const failed = await Promise.all([
    // After the suites they would add all of their time; beside them they are done long before.
    runApart('Formatting, lint and boundaries', 'npm', ['run', '-s', 'lint']),
    runApart('Types', 'npm', ['run', '-s', 'types']),
    runSuites(REPORT),
  ]);
  return failed.flat();
}

/**
 * Runs jest in this very process: signals are its own, and there is no parent that could die before it.
 * @returns what failed
 */
async function runSuites(args) {
  process.env.NODE_ENV ??= 'test';
  const { buildArgv, runCLI } = createRequire(import.meta.url)('jest');
  const { results } = await runCLI(await buildArgv(args), [ROOT]);
  return results.success ? [] : ['Suites'];
}

/**
 * A step beside the suites; its output is kept apart and shown when it ends.
 * @returns what failed
 */
function runApart(heading, program, args) {
  const began = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (status) => {
      const seconds = ((Date.now() - began) / 1000).toFixed(0);
      process.stdout.write(`\n== ${heading}: ${status === 0 ? 'passed' : 'failed'} in ${seconds} s\n${output}\n`);
      resolve(status === 0 ? [] : [heading]);
    });
  });
}

/** The suites that have a short and a long form take the long one. */
function takeLong(args) {
  if (args.includes(LONG)) process.env.BULWARK_TEST_LONG = '1';
  return args.filter((arg) => arg !== LONG);
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
