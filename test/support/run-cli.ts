import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { testServices } from './services.js';

const ROOT = join(__dirname, '..', '..');

/** Runs one of `dist/src/cli` against the test services. */
export function runCli(
  name: string,
  args: string[] = [],
  environment: Record<string, string> = {},
  cwd = ROOT,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'dist/src/cli', `${name}.js`), ...args], {
      cwd,
      env: { ...process.env, ...testServices().environment, BULWARK_DATA_DIR: testServices().dataDir, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
