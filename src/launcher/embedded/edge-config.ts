import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../machine/repository.js';

/**
 * Where the back of the edge connects from. Linux owns the whole of 127.0.0.0/8, so the application can trust this one
 * address, which no client has by accident; elsewhere there is a single loopback address.
 */
export const EDGE_SOURCE_ADDRESS = process.platform === 'linux' ? '127.222.0.80' : '127.0.0.1';

export interface EdgeConfig {
  /** Absolute folder for everything that nginx writes. */
  readonly home: string;
  /** Host and port to serve on. */
  readonly listen: string;
  /** Host and port of the application. */
  readonly application: string;
  /** Address to connect from. */
  readonly source: string;
  /** Begins the request ids of this start: as random as it takes to be the only one. */
  readonly run: string;
  readonly workers: number;
  /** Connections a worker, those to the application among them. */
  readonly connectionsMax: number;
}

/** Longer than this no system takes the path of a socket, whose last part is `/back.sock`. */
export const HOME_LENGTH_MAX = 90;

/** The template and the files that it includes as `rules`. */
export const EDGE_RULES = join(repositoryRoot(), 'docker', 'edge');

const PLACEHOLDER = /\$\{([A-Z_]+)\}/g;
/** Descriptors for logs, libraries and files of the cache that are being read. */
const DESCRIPTORS_RESERVED = 500;
const CONNECTIONS_MAX = 16_384;
const CONNECTIONS_MIN = 256;

/**
 * The configuration file out of `nginx.conf.template`, which the container fills in as well.
 * @throws Error when the template has a placeholder without a value
 */
export function renderEdgeConfig(
  config: EdgeConfig,
  template: string = readFileSync(join(EDGE_RULES, 'nginx.conf.template'), 'utf8'),
): string {
  const values: Readonly<Record<string, string>> = {
    EDGE_HOME: config.home,
    EDGE_LISTEN: config.listen,
    EDGE_APPLICATION: config.application,
    EDGE_BIND: `proxy_bind ${config.source};`,
    EDGE_RUN: config.run,
    EDGE_WORKERS: String(config.workers),
    EDGE_CONNECTIONS_MAX: String(config.connectionsMax),
  };
  return template.replaceAll(PLACEHOLDER, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nginx.conf.template has the unknown placeholder ${name}.`);
    return value;
  });
}

/**
 * How many connections a worker may have under a limit of open files; the two ends of a passed request are one each.
 */
export function edgeConnectionsMax(descriptors: number): number {
  return Math.max(CONNECTIONS_MIN, Math.min(CONNECTIONS_MAX, descriptors - DESCRIPTORS_RESERVED));
}

/** `TRUSTED_PROXIES` of an application behind the edge: exactly its address, beside those that were trusted anyway. */
export function trustEdge(trusted: string | undefined): string {
  const others = (trusted ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== EDGE_SOURCE_ADDRESS);
  return [...others, EDGE_SOURCE_ADDRESS].join(',');
}
