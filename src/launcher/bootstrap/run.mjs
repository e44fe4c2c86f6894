import { buildWhenChanged } from './build.mjs';
import { continueOn } from './hand-over.mjs';
import { installWhenChanged } from './install.mjs';
import { BootstrapError } from './machine.mjs';
import { preflight, toBootstrapError } from './preflight.mjs';
import { needsTools, runCommand, runDev, runNew, runPromote, runStart, runTool, runUp } from './run-target.mjs';
import { runTests } from './run-tests.mjs';
import { adoptEnvironment, chooseRuntime, isRunningOn, runtimeEnvironment } from './runtime.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { readUsage } from './usage.mjs';

/** What each command needs before it runs: the packages of the lock file, the build of the sources. */
const COMMANDS = {
  up: { installs: true, builds: true, command: runUp },
  dev: { installs: true, builds: true, command: runDev },
  // A unit suite needs no build; the set-up of the e2e suites asks for one.
  test: { installs: true, builds: false, command: runTests },
  run: { installs: true, builds: true, command: runCommand },
  promote: { installs: true, builds: true, command: runPromote },
  build: { installs: true, builds: true, command: () => undefined },
  tool: { installs: true, builds: false, command: runTool },
  new: { installs: true, builds: false, command: runNew },
  // In production the packages and the build are delivered; a start must not change them.
  start: { installs: false, builds: false, command: runStart },
};

/** Installs with the Node that started us, builds and runs the command with the pinned one. */
export async function run([name = '', ...args]) {
  try {
    const chosen = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (chosen === undefined)
      throw new BootstrapError(`"${name}" is no command; there are ${Object.keys(COMMANDS).join(', ')}.`);
    const usage = readUsage(name, args);
    if (usage?.help !== undefined) return void process.stdout.write(usage.help);
    if (usage?.startsServices) await preflight(usage);
    if (chosen.installs) withSetupLock(installWhenChanged);
    const binary = chooseRuntime();
    if (!isRunningOn(binary)) return await continueOn(binary, process.argv.slice(1));
    adoptEnvironment(runtimeEnvironment(process.env, binary));
    if (chosen.builds) withSetupLock(() => buildWhenChanged({ withTools: needsTools(name, args) }));
    await chosen.command(args);
  } catch (error) {
    const { message, exitCode } = toBootstrapError(error);
    process.stderr.write(`${message}\n`);
    process.exitCode = exitCode;
  }
}
