import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Compilers and npm say what is wrong first. */
const LINES_SHOWN_MAX = 40;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** A failure whose message is all that the reader needs. */
export class BootstrapError extends Error {
  /** @param exitCode 2 where the arguments are wrong, 78 where the configuration is, else 1 */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs one step with a heading and its seconds; what it printed is shown only when it fails.
 * @throws BootstrapError with the output
 */
export function step(heading, program, args) {
  const began = Date.now();
  process.stdout.write(`  ${heading.padEnd(44)} `);
  const result = spawnSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const seconds = `${((Date.now() - began) / 1000).toFixed(1)} s`;
  process.stdout.write(result.status === 0 ? `${seconds}\n` : `failed after ${seconds}\n`);
  if (result.status === 0) return;
  const lines = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n');
  const output = [
    ...lines.slice(0, LINES_SHOWN_MAX),
    ...(lines.length > LINES_SHOWN_MAX ? [`(${lines.length - LINES_SHOWN_MAX} more lines)`] : []),
  ].join('\n');
  throw new BootstrapError(
    `${program} ${args.join(' ')} ended with ${result.error?.message ?? result.signal ?? result.status}:\n${output}`,
  );
}

/** A program of node_modules. */
export function localBin(name) {
  return join(ROOT, 'node_modules', '.bin', name);
}
