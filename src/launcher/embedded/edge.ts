import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LauncherError } from '../machine/launcher-error.js';
import { descriptorLimit } from '../machine/descriptor-limit.js';
import { endLeftoverGroup } from '../machine/process-group.js';
import { handOver, makeServerFolder, type ServerHome } from '../machine/service-user.js';
import {
  EDGE_RULES,
  EDGE_SOURCE_ADDRESS,
  HOME_LENGTH_MAX,
  edgeConnectionsMax,
  renderEdgeConfig,
} from './edge-config.js';
import type { ServiceDefinition } from './service-process.js';

/** Requests in flight get this long when it ends in order. */
const STOP_GRACE_MS = 6_000;
const START_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 1_000;
const LOOPBACK = '127.0.0.1';

export interface EdgeOptions {
  readonly home: ServerHome;
  /** The path of nginx. */
  readonly program: string;
  /** The port of the application on the loopback address; asked for at each start. */
  readonly applicationPort: () => number;
}

/** nginx with its cache before the application: a master and workers, in a process group of their own. */
export function edgeDefinition(options: EdgeOptions): ServiceDefinition {
  const folder = makeServerFolder(options.home, 'edge');
  const pidFile = join(folder, 'nginx.pid');
  return {
    name: 'edge',
    prepare: (port) => {
      refuseLongPath(folder);
      clearLeftovers(folder, pidFile);
      copyRules(options.home, folder);
      writeConfig(options, folder, port);
    },
    command: () => ({
      program: options.program,
      args: ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')],
    }),
    isReady: async (port, pid) => masterIn(pidFile) === pid && (await answers(port)),
    user: options.home.user,
    stopSignal: 'SIGQUIT',
    deathSignal: 'TERM',
    stopGraceMs: STOP_GRACE_MS,
    startTimeoutMs: START_TIMEOUT_MS,
    // A master that is killed leaves its workers behind, which would go on to serve on the port.
    leadsGroup: true,
    // Before the application: what it has taken on is still answered.
    rank: -1,
  };
}

function writeConfig(options: EdgeOptions, folder: string, port: number): void {
  const config = renderEdgeConfig({
    home: folder,
    listen: `${LOOPBACK}:${port}`,
    application: `${LOOPBACK}:${options.applicationPort()}`,
    source: EDGE_SOURCE_ADDRESS,
    run: randomBytes(8).toString('hex'),
    workers: availableParallelism(),
    connectionsMax: edgeConnectionsMax(descriptorLimit()),
  });
  const path = join(folder, 'nginx.conf');
  writeFileSync(path, config, { mode: 0o600 });
  handOver(options.home, path);
}

/** Puts the rules where the service user can read them: the repository may be under a closed home. */
function copyRules(home: ServerHome, folder: string): void {
  const copies = join(folder, 'rules');
  rmSync(copies, { recursive: true, force: true });
  mkdirSync(copies, { mode: 0o700 });
  handOver(home, copies);
  for (const name of readdirSync(EDGE_RULES).filter((one) => one.endsWith('.conf'))) {
    const copy = join(copies, name);
    writeFileSync(copy, readFileSync(join(EDGE_RULES, name)), { mode: 0o600 });
    handOver(home, copy);
  }
}

/** Workers of a master that was killed together with its guard, and the socket that a new nginx could not bind. */
function clearLeftovers(folder: string, pidFile: string): void {
  const master = masterIn(pidFile);
  if (master !== null) endLeftoverGroup(master, /^nginx: /);
  rmSync(pidFile, { force: true });
  rmSync(join(folder, 'back.sock'), { force: true });
}

function refuseLongPath(folder: string): void {
  if (folder.length <= HOME_LENGTH_MAX) return;
  throw new LauncherError(
    `The edge needs a socket in ${folder}, and no system takes so long a path for one. ` +
      'Choose a BULWARK_DATA_DIR with a shorter path.',
  );
}

function masterIn(pidFile: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    return Number.isInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}

/** Any answer will do: the pid file says whose it is. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(
      { host: LOOPBACK, port, path: '/_problem/', timeout: ANSWER_TIMEOUT_MS, agent: false },
      (answer) => {
        answer.resume();
        resolve(true);
      },
    );
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve(false));
    asking.end();
  });
}
