import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Starts the real services once for all e2e suites and keeps a migrated database as their template. */
export default async function globalSetup() {
  run('node', ['src/launcher/bootstrap.mjs', 'build'], {});
  const { startServices } = await import(join(ROOT, 'dist/src/launcher/services/start-services.js'));
  const dataDir = mkdtempSync(join(tmpdir(), 'bulwark-test-'));
  const services = await startServices({ dataDir });
  globalThis.bulwarkServices = services;
  const environment = { ...services.environment, BULWARK_DATA_DIR: dataDir };
  run('node', ['dist/src/cli/migrate.js'], environment);
  process.env.BULWARK_TEST_SERVICES = JSON.stringify({
    ...services.addresses,
    pids: services.pids,
    dataDir,
    environment,
  });
}

function run(command, args, environment) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
}
