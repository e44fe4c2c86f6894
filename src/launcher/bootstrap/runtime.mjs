import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { BootstrapError, ROOT } from './machine.mjs';

/** npm's packages of Node are named by platform; no other package of ours has such a name. */
const RUNTIME_PACKAGE = /^node-(linux|darwin|win)-(x64|arm64)$/;
/**
 * Variables that belong to the Node that started us: folders where it finds more modules, its locale data and its
 * headers. What a person asks of any Node (NODE_OPTIONS, NODE_EXTRA_CA_CERTS, …) is passed on.
 */
const OF_ANOTHER_NODE = ['NODE_PATH', 'NODE_ICU_DATA', 'npm_config_nodedir'];
const JEST_FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
/** What the system searches when no path is given. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/** The packages of Node that package.json pins: name to version. */
export function pinnedPackages() {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.fromEntries(Object.entries(optionalDependencies).filter(([name]) => RUNTIME_PACKAGE.test(name)));
}

/** The version of Node that this repository runs on. */
export function pinnedVersion() {
  return Object.values(pinnedPackages())[0];
}

/**
 * The program that runs everything: the pinned Node; where npm has none for this machine, the present one, if it is
 * of that line or newer.
 * @throws BootstrapError that says what to install
 */
export function chooseRuntime(present = process, packages = pinnedPackages()) {
  const wanted = Object.values(packages)[0];
  if (present.versions.node === wanted) return present.execPath;
  const name = `node-${present.platform === 'win32' ? 'win' : present.platform}-${present.arch}`;
  const binary = join(ROOT, 'node_modules', name, 'bin', present.platform === 'win32' ? 'node.exe' : 'node');
  if (name in packages && isExecutable(binary)) return binary;
  if (major(present.versions.node) >= major(wanted)) return present.execPath;
  throw new BootstrapError(
    `Bulwark runs on Node ${wanted}; this is ${present.versions.node}. ` +
      (name in packages
        ? `Its package ${name} is not installed: run "npm ci --include=optional".`
        : `npm has no package of it for ${present.platform} on ${present.arch}: ` +
          `install Node ${major(wanted)} or newer from https://nodejs.org.`),
  );
}

/** Whether this process is that program, without modules of another one. */
export function isRunningOn(binary) {
  return process.env.NODE_PATH === undefined && isSameFile(binary, process.execPath);
}

/**
 * For a file that no command of ours has started, as jest in an editor.
 * @throws BootstrapError when this process is another one than it should be
 */
export function requireRuntime(present = process, packages = pinnedPackages()) {
  const binary = chooseRuntime(present, packages);
  if (binary === present.execPath) return;
  throw new BootstrapError(
    `Bulwark runs on Node ${Object.values(packages)[0]}; this is ${present.versions.node}. ` +
      `Use an npm script, npx or ${binary}.`,
  );
}

/**
 * Starts this process anew with the flags of Node that jest needs, unless it has them; its number and its parent stay.
 * Jest loads packages that are ES modules since Node 24.9, behind a flag that no configuration can set.
 */
export function requireJestFlags() {
  const missing = JEST_FLAGS.filter((flag) => !process.execArgv.includes(flag));
  if (missing.length === 0) return;
  const args = [...process.execArgv, ...missing, ...process.argv.slice(1)];
  process.execve(process.execPath, [process.execPath, ...args], process.env);
}

/** The environment in which every `node` is that program, and nothing of another Node is left. */
export function runtimeEnvironment(environment, binary) {
  const entries = Object.entries(environment).filter(([name]) => !OF_ANOTHER_NODE.includes(name));
  return {
    ...Object.fromEntries(entries),
    // npm names the Node that runs it, and an npm below would take that one.
    ...(environment.NODE !== undefined && { NODE: binary }),
    ...(environment.npm_node_execpath !== undefined && { npm_node_execpath: binary }),
    PATH: pathWith(binary, environment.PATH ?? DEFAULT_PATH),
  };
}

/** Makes an environment the one of this process. */
export function adoptEnvironment(environment) {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
}

/** A search path on which `node`, as scripts name it in their first line, is that program. */
function pathWith(binary, path) {
  const folders = path.split(delimiter);
  const first = folders.map((folder) => join(folder, 'node')).find(isExecutable);
  if (first !== undefined && isSameFile(first, binary)) return path;
  return [dirname(binary), ...folders].join(delimiter);
}

function isSameFile(one, other) {
  return existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function major(version) {
  return Number(version.split('.')[0]);
}
