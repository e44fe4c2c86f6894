import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { replaceProcess } from './hand-over.mjs';
import { BootstrapError, localBin, ROOT } from './machine.mjs';

/** Serves everything on this machine. */
export function runUp(args) {
  return become('src/launcher/up.js', args);
}

/** The same, with every saved source file built and served. */
export function runDev(args) {
  return become('src/launcher/dev.js', args);
}

/**
 * Serves against external services; their addresses stand in the environment. It ends in order as by a signal when npm,
 * which passes no SIGHUP on, is gone.
 */
export async function runStart(args) {
  const { watchNpm } = await import(builtUrl('src/launcher/supervision/parent-watch.js'));
  watchNpm(() => process.kill(process.pid, 'SIGTERM'));
  return become('src/main.js', args);
}

/** Runs a program of the packages, with the exit code that it ends with. */
export function runTool([name, ...args]) {
  if (!/^[a-z][a-z-]*$/.test(name ?? '') || !existsSync(localBin(name)))
    throw new BootstrapError(`"${name ?? ''}" is no program of the installed packages.`);
  return replaceProcess(localBin(name), args, process.env);
}

/** Has a running `npm run up` promote its replica. */
export function runPromote(args) {
  return become('src/launcher/db-promote.js', args);
}

/** Writes new code from templates; it needs the packages and no build. */
export function runNew(args) {
  process.argv = [process.argv[0], join(ROOT, 'scaffold/new.mjs'), ...args];
  return import(pathToFileURL(process.argv[1]).href);
}

/** These measure systems of their own, which they start and end themselves, and are built beside the tests. */
const TOOLS = { drill: 'test/drills/drill.js', bench: 'test/bench/bench.js' };

/** Whether a command runs what `test/tsconfig.tools.json` builds; the suites ask for `build`. */
export function needsTools(command, [name]) {
  return command === 'build' || (command === 'run' && Object.hasOwn(TOOLS, name));
}

/** Runs one of the commands against what `npm run up` has running, or what the environment names. */
export function runCommand([name, ...args]) {
  if (!/^[a-z][a-z-]*$/.test(name ?? ''))
    throw new BootstrapError('Name the command to run, for example: run catalog-import FILE');
  if (Object.hasOwn(TOOLS, name)) return become(TOOLS[name], args);
  // Without a run the command itself says that nothing runs: its help and its arguments do not need a system.
  Object.assign(process.env, missingVariables(environmentOf(readRunFile() ?? {}), process.env));
  return become(`src/cli/${name}.js`, args);
}

function readRunFile() {
  const file = resolve(process.env.BULWARK_DATA_DIR || join(ROOT, '.bulwark'), 'run.json');
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new BootstrapError(`${file} is no JSON: remove it and start "npm run up" again.`);
    throw new BootstrapError(`${file} cannot be read: run the command as the user who runs "npm run up".`);
  }
}

/** What a run.json says in the words of the environment. */
export function environmentOf(running) {
  return {
    DATABASE_URL: running.pooler,
    DATABASE_DIRECT_URL: running.postgresPrimary,
    DATABASE_REPLICA_URLS: running.poolerReplicas ?? replicaUrl(running),
    REDIS_URL: running.redis,
    REDIS_CACHE_URL: running.redisCache,
    PAYMENT_PROVIDER_URL: running.paymentProvider,
    SMTP_URL: running.smtp,
  };
}

/** Those variables that are not set yet; a start with servers of its own must not be mixed with those of a run. */
export function missingVariables(offered, environment) {
  const entries = Object.entries(offered).filter(([name, value]) => value && !environment[name]);
  const ownDatabase = Boolean(environment.DATABASE_URL);
  return Object.fromEntries(entries.filter(([name]) => !(ownDatabase && name.startsWith('DATABASE_'))));
}

function replicaUrl(running) {
  // An external replica has its URL as it is; the embedded one is an entry of the embedded pooler.
  if (!running.pids?.pooler || !running.pooler) return running.postgresReplica;
  const url = new URL(running.pooler);
  url.pathname = '/bulwark_replica';
  return url.toString();
}

/**
 * Goes on as another program in this very process: signals, exit code and terminal are its own,
 * and there is no parent that could die before it.
 */
async function become(file, args) {
  const url = builtUrl(file);
  process.argv = [process.argv[0], fileURLToPath(url), ...args];
  process.setSourceMapsEnabled(true);
  await import(url);
}

function builtUrl(file) {
  const path = join(ROOT, 'dist', file);
  if (!existsSync(path)) throw new BootstrapError(`There is no ${file} in the build: run "npm run build" first.`);
  return pathToFileURL(path).href;
}
