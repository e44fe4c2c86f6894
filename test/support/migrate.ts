import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { MigrationRun } from '../../src/platform/database/index.js';
import { testServices } from './services.js';
import { ROOT } from './source-files.js';

/** The migrations of the build. */
export const MIGRATIONS = join(ROOT, 'dist/migrations');

/** Migrates in a process of its own, as a deployment does. */
export async function migrate(folder = MIGRATIONS): Promise<MigrationRun> {
  return JSON.parse(await run(folder)) as MigrationRun;
}

/** Takes back the newest migration, or all of them. */
export async function takeBack(what: 'newest' | 'all', folder = MIGRATIONS): Promise<void> {
  await run(folder, what === 'all' ? 'undo-all' : 'undo');
}

/** @returns the last line that it wrote */
function run(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'test/support/run-migrations.mjs'), ...args], {
      env: { ...process.env, ...testServices().environment, BULWARK_DATA_DIR: testServices().dataDir },
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve(output.trim().split('\n').at(-1) ?? '')
        : reject(new Error(`The migrations ended with ${code}: ${errors}`)),
    );
  });
}
