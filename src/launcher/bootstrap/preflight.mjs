import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { wrongVariablesOf } from '../../platform/config/check-environment.mjs';
import { explainMissing, findProgram, mayInstall } from '../machine/programs.mjs';
import { BootstrapError, ROOT } from './machine.mjs';

/** The exit code when a variable or a port is wrong (sysexits EX_CONFIG). */
const EXIT_CONFIGURATION = 78;

const MEGABYTE = 1024 * 1024;
/** Two database servers with their first log files, and room for the log to turn over. */
const DATA_MEGABYTES_NEW = 400;
const DATA_MEGABYTES_OLD = 100;
/** The packages and the output of the build. */
const CHECKOUT_MEGABYTES_NEW = 900;
const PORTS = ['PORT', 'OPS_PORT'];
const MOVE_DATA = 'Give BULWARK_DATA_DIR a folder of your own on a disk with room.';

/**
 * Checks what a start of everything needs before it installs or builds anything: variables and ports, all at once, then
 * programs, the data folder and the checkout.
 * @throws BootstrapError that says what is wrong and what to do
 */
export async function preflight({ edge }, environment = process.env) {
  const problems = [...wrongVariablesOf(environment), ...(await takenPorts(edge, environment))];
  if (problems.length > 0) {
    const lines = problems.map((problem) => `  - ${problem}`).join('\n');
    throw new BootstrapError(`Bulwark cannot start, its configuration is wrong:\n${lines}`, EXIT_CONFIGURATION);
  }
  checkPrograms(edge, environment);
  checkDataFolder(environment);
  checkCheckout();
}

/** Root gets missing programs installed; any other user has to do that, and should not wait for a build to hear it. */
function checkPrograms(edge, environment) {
  const wanted = [
    ...(environment.REDIS_URL ? [] : ['redis']),
    ...(environment.DATABASE_URL ? [] : ['pgbouncer']),
    ...(edge ? ['nginx'] : []),
  ];
  const missing = wanted.filter((name) => findProgram(name) === null);
  if (missing.length > 0 && !mayInstall()) throw new BootstrapError(explainMissing(missing));
}

/** Where `up` keeps its data, as its own code works it out. */
function dataFolder(environment) {
  return resolve(environment.BULWARK_DATA_DIR || join(ROOT, '.bulwark'));
}

/**
 * The ports that were asked for and that other processes have. The system that runs on the same data folder is not
 * meant: its lock says so better.
 */
async function takenPorts(edge, environment) {
  if (isRunning(dataFolder(environment))) return [];
  const taken = [];
  for (const variable of edge ? [...PORTS, 'EDGE_PORT'] : PORTS) {
    const port = Number(environment[variable] || 0);
    const code = port > 0 && port <= 65_535 ? await listenOnce(port) : undefined;
    if (code === 'EACCES')
      taken.push(`${variable} got ${port}; it wants a port that this user may open, 1024 or higher.`);
    else if (code !== undefined)
      taken.push(`${variable} got ${port}; it wants a port that no other process listens on.`);
  }
  return taken;
}

/**
 * Makes the data folder and writes to it.
 * @throws BootstrapError that names the folder and what to do
 */
function checkDataFolder(environment) {
  const folder = dataFolder(environment);
  const isNew = !existsSync(join(folder, 'credentials.json'));
  const probe = join(folder, `.write-probe-${process.pid}`);
  try {
    makeFolder(folder);
    writeFileSync(probe, 'x'.repeat(64 * 1024), { flush: true });
  } catch (error) {
    throw new BootstrapError(`${folder}: ${whyNotWritten(error)}. ${MOVE_DATA}`);
  } finally {
    // Where nothing can be written, nothing is left.
    if (existsSync(probe)) rmSync(probe);
  }
  requireSpace(folder, isNew ? DATA_MEGABYTES_NEW : DATA_MEGABYTES_OLD, 'the data of a start', MOVE_DATA);
}

/**
 * Packages and build are written to the checkout.
 * @throws BootstrapError that names the folder and what to do
 */
function checkCheckout() {
  if (existsSync(join(ROOT, 'node_modules')) && existsSync(join(ROOT, 'dist'))) return;
  try {
    accessSync(ROOT, constants.W_OK);
  } catch (error) {
    throw new BootstrapError(`${ROOT}: ${whyNotWritten(error)}. Make a clone of your own and start there.`);
  }
  if (!existsSync(join(ROOT, 'node_modules')))
    requireSpace(ROOT, CHECKOUT_MEGABYTES_NEW, 'the packages', 'Make room, or clone to another disk.');
}

/** Step by step: where the system denies what it should allow (/proc), Node's own recursion never ends. */
function makeFolder(folder) {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o755 });
}

function requireSpace(folder, megabytes, forWhat, repair) {
  const { bavail, bsize } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / MEGABYTE);
  if (free >= megabytes) return;
  throw new BootstrapError(`The disk of ${folder} has ${free} MB left, and ${forWhat} need ${megabytes} MB. ${repair}`);
}

/**
 * A failure of the file system, which names a path, as a message without a stack.
 * @throws what is no such failure: it is a fault of ours, and its stack is wanted
 */
export function toBootstrapError(error) {
  if (error instanceof BootstrapError) return error;
  if (error.syscall === undefined || error.path === undefined) throw error;
  if (error.code === 'ENOENT' && error.syscall.startsWith('spawn'))
    return new BootstrapError(`The program ${error.path} is not on this machine, or not on its PATH.`);
  return new BootstrapError(`${error.path}: ${whyNotWritten(error)}.`);
}

/** What an error of the file system means, as a clause. */
function whyNotWritten({ code, message }) {
  const meanings = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: "this user's quota is used up",
    ENOTDIR: 'a part of this path is a file and no folder',
    EEXIST: 'this is a file and no folder',
    ENOENT: 'this path leads nowhere',
  };
  return meanings[code] ?? `it cannot be written (${message})`;
}

function isRunning(folder) {
  try {
    const { supervisor } = JSON.parse(readFileSync(join(folder, 'up.lock'), 'utf8'));
    process.kill(supervisor.pid, 0);
    return true;
  } catch (error) {
    // Another user's process is one that runs.
    return error.code === 'EPERM';
  }
}

/** Listens on the port for a moment, on every address and on loopback, as the application will. */
async function listenOnce(port) {
  for (const host of ['0.0.0.0', '127.0.0.1']) {
    const code = await new Promise((done) => {
      const server = createServer();
      server.once('error', (error) => done(error.code ?? 'unknown'));
      server.listen({ port, host, exclusive: true }, () => server.close(() => done(undefined)));
    });
    if (code !== undefined) return code;
  }
  return undefined;
}
