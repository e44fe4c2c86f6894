import { buildWhenChanged } from './bootstrap/build.mjs';
import { installWhenChanged } from './bootstrap/install.mjs';
import { BootstrapError, requireNode } from './bootstrap/machine.mjs';
import { runCommand, runPromote, runUp } from './bootstrap/run-target.mjs';
import { withSetupLock } from './bootstrap/setup-lock.mjs';
import { runTests } from './bootstrap/run-tests.mjs';

/**
 * The first file of every npm script: it runs in a fresh clone, before anything is installed,
 * so it and its folder import nothing but Node itself.
 */
const COMMANDS = {
  up: runUp,
  test: runTests,
  run: runCommand,
  promote: runPromote,
  build: () => undefined,
};

const [name = '', ...args] = process.argv.slice(2);
try {
  requireNode();
  const command = COMMANDS[name];
  if (command === undefined)
    throw new BootstrapError(`"${name}" is no command; there are ${Object.keys(COMMANDS).join(', ')}.`);
  withSetupLock(() => {
    installWhenChanged();
    // A unit suite needs no build; the set-up of the e2e suites asks for one.
    if (command !== runTests) buildWhenChanged();
  });
  await command(args);
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
