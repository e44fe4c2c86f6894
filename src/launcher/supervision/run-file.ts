import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceAddresses } from '../services/addresses.js';
import { writePrivateFile } from '../machine/write-private-file.js';

/** The web and worker processes, as the cluster primary reports them. */
export interface Fleet {
  readonly ready: boolean;
  readonly web: readonly number[];
  readonly worker: number | null;
}

/** What runs before the first process is up, and after a crash. */
export const NO_FLEET: Fleet = { ready: false, web: [], worker: null };

export interface RunFacts {
  readonly app: string;
  /** The front door; undefined without one. */
  readonly edge?: string | undefined;
  readonly ops: string;
  /** Where commands reach the supervisor, with the token that it wants. */
  readonly control: string;
  readonly addresses: ServiceAddresses;
  readonly staff: { readonly email: string; readonly password: string };
  readonly supervisor: number;
  readonly fleet: Fleet;
  /** Process ids of the embedded services; null when external or down. */
  readonly services: Readonly<Record<string, number | null>>;
}

/** The content of `run.json`: part of the contract with tests and operators. */
export function runFileContent(facts: RunFacts) {
  const { addresses, services } = facts;
  return {
    app: facts.app,
    ops: facts.ops,
    postgresPrimary: addresses.postgresPrimary,
    postgresReplica: addresses.postgresReplica,
    pooler: addresses.pooler,
    redis: addresses.redis,
    redisCache: addresses.redisCache,
    paymentProvider: addresses.paymentProvider,
    // Beside what the contract names: commands must find every replica, the mail server and the supervisor.
    poolerReplicas: addresses.poolerReplica,
    smtp: addresses.smtp,
    control: facts.control,
    mailDir: addresses.mailDir,
    ...(facts.edge !== undefined && { edge: facts.edge }),
    staff: facts.staff,
    pids: {
      supervisor: facts.supervisor,
      web: [...facts.fleet.web],
      worker: facts.fleet.worker,
      postgresPrimary: services.postgresPrimary ?? null,
      postgresReplica: services.postgresReplica ?? null,
      pooler: services.pooler ?? null,
      redis: services.redis ?? null,
      redisCache: services.redisCache ?? null,
      paymentProvider: services.paymentProvider ?? null,
      ...(facts.edge !== undefined && { edge: services.edge ?? null }),
    },
  };
}

export function runFilePath(dataDir: string): string {
  return join(dataDir, 'run.json');
}

export function writeRunFile(dataDir: string, facts: RunFacts): void {
  writePrivateFile(runFilePath(dataDir), `${JSON.stringify(runFileContent(facts), null, 2)}\n`);
}

export function removeRunFile(dataDir: string): void {
  rmSync(runFilePath(dataDir), { force: true });
}
