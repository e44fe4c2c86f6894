import type { Guard } from '../embedded/guard-client.js';
import { LauncherError } from '../machine/launcher-error.js';

export const SERVICE_NAMES = [
  'postgresPrimary',
  'postgresReplica',
  'pooler',
  'redis',
  'redisCache',
  'paymentProvider',
  'mailSink',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ServicesOptions {
  /** Everything is kept here; made when missing. */
  readonly dataDir: string;
  /** Pooler connections per role and database, 1 to 70; default BULWARK_POOLER_POOL_SIZE, else 10. */
  readonly poolerPoolSize?: number;
  /** Streaming replicas, 0 to 3; default BULWARK_REPLICAS, else 1. */
  readonly replicas?: number;
  /** Ports that must be used; the others are probed, and kept while the services live. */
  readonly ports?: Partial<Record<ServiceName, number>>;
  /** Where the sandbox sends its signed events. */
  readonly paymentWebhookUrl?: string;
  /** Says which servers are external; default: the environment of this process. */
  readonly environment?: Environment;
  /** Called with the description of each step; default: silence. */
  readonly onStep?: (step: string) => void;
  /** The guard to use; default: one of its own. Either way stop() closes it. */
  readonly guard?: Guard;
}

const POOL_SIZE_DEFAULT = 10;
const POOL_SIZE_MAX = 70;
const REPLICAS_DEFAULT = 1;
const REPLICAS_MAX = 3;

/** @throws LauncherError when the variable is no whole number within its bounds */
export function poolSizeOf({ poolerPoolSize }: ServicesOptions, environment: Environment): number {
  const bounds = { min: 1, max: POOL_SIZE_MAX, otherwise: POOL_SIZE_DEFAULT };
  return poolerPoolSize ?? parseWhole('BULWARK_POOLER_POOL_SIZE', environment, bounds);
}

/** @throws LauncherError when the variable is no whole number within its bounds */
export function replicaCountOf({ replicas }: ServicesOptions, environment: Environment): number {
  const bounds = { min: 0, max: REPLICAS_MAX, otherwise: REPLICAS_DEFAULT };
  return replicas ?? parseWhole('BULWARK_REPLICAS', environment, bounds);
}

function parseWhole(
  variable: string,
  environment: Environment,
  bounds: { min: number; max: number; otherwise: number },
): number {
  const text = environment[variable];
  if (text === undefined || text === '') return bounds.otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= bounds.min && value <= bounds.max) return value;
  throw new LauncherError(
    `${variable} got ${JSON.stringify(text)}; it wants a whole number from ${bounds.min} to ${bounds.max}.`,
  );
}
