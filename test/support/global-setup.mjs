import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServiceSets } from './service-sets.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds what the suites start, and serves each jest worker its set of services. Runs only when an e2e suite does. */
export default async function globalSetup() {
  // Not synchronously: a step beside the suites says its result meanwhile.
  const build = spawn(process.execPath, ['src/launcher/bootstrap.mjs', 'build'], {
    cwd: ROOT,
    // Jest's own report may go to the standard output.
    stdio: ['ignore', 2, 2],
  });
  const [status] = await once(build, 'close');
  if (status !== 0) throw new Error('The build failed; the e2e suites run what it makes.');
  // A suite starts three processes of the application for each instance, and each would compile all of it anew.
  process.env.NODE_COMPILE_CACHE ??= join(ROOT, 'node_modules', '.cache', 'compiled');
  const sets = new ServiceSets();
  globalThis.bulwarkServiceSets = sets;
  process.env.BULWARK_TEST_SERVICE_SETS = await sets.listen();
}
