import { ConfigurationError, readVariables } from '../../platform/config/index.js';
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

/** @throws LauncherError when the variable is no whole number within its bounds */
export function poolSizeOf({ poolerPoolSize }: ServicesOptions, environment: Environment): number {
  return poolerPoolSize ?? readOption('BULWARK_POOLER_POOL_SIZE', environment);
}

/** @throws LauncherError when the variable is no whole number within its bounds */
export function replicaCountOf({ replicas }: ServicesOptions, environment: Environment): number {
  return replicas ?? readOption('BULWARK_REPLICAS', environment);
}

function readOption(name: 'BULWARK_POOLER_POOL_SIZE' | 'BULWARK_REPLICAS', environment: Environment): number {
  try {
    return readVariables([name], environment)[name];
  } catch (error) {
    if (error instanceof ConfigurationError) throw new LauncherError(error.problems.join('\n'), { cause: error });
    throw error;
  }
}
