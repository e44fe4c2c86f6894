import { fork, type ChildProcess } from 'node:child_process';
import { Client } from 'pg';
import { builtFile } from '../load/built-files.js';
import type { CleanUp } from '../load/clean-up.js';
import { environmentOf, type Instance } from '../load/spawn-instance.js';
import type { FleetCommand, FleetReport } from './connections-fleet.js';

/** The fleet and the database at one moment. */
export interface FleetSample {
  /** Unix time. */
  readonly at: number;
  readonly instances: number;
  readonly wanted: number;
  readonly refused: number;
  /** Connections that the instances may open. */
  readonly demanded: number;
  /** Errors that the simulated instances met so far. */
  readonly errors: number;
  readonly primaryBackends: number;
  readonly replicaBackends: number;
}

const SAMPLE_EVERY_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
const BACKENDS_SQL = `SELECT count(*)::int AS backends, current_setting('max_connections')::int AS max
  FROM pg_stat_activity
    WHERE backend_type = 'client backend'`;

/** Plays the simulated part of the fleet in a process of its own, and watches it and both servers. */
export class FleetWatch {
  readonly samples: FleetSample[] = [];
  connectionsMax = 0;
  private report: FleetReport | undefined;
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly servers: { primary: Client; replica: Client },
    /** What the real instances add. */
    private readonly real: { instances: number; connections: number },
  ) {
    child.on('message', (report: FleetReport) => {
      this.report = report;
    });
  }

  /** The watch has connections of its own before the storm: the superuser's, which the database keeps a few for. */
  static async start(
    instance: Instance,
    options: {
      settings: Readonly<Record<string, string>>;
      defended: boolean;
      real: { instances: number; connections: number };
      cleanUp: CleanUp;
    },
  ): Promise<FleetWatch> {
    const [primary, replica] = await Promise.all(
      [instance.run.postgresPrimary, instance.run.postgresReplica].map(connect),
    );
    if (primary === undefined || replica === undefined) throw new Error('A server cannot be watched.');
    const child = fork(builtFile('test/drills/connections-fleet.js'), [options.defended ? 'defended' : 'undefended'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...environmentOf(instance), ...options.settings },
    });
    options.cleanUp.add(() => void child.kill('SIGKILL'));
    const watch = new FleetWatch(child, { primary, replica }, options.real);
    await watch.sample();
    return watch;
  }

  grow(instances: number): void {
    this.child.send({ instances } satisfies FleetCommand);
  }

  /** The simulated instances' last word. */
  get last(): FleetReport | undefined {
    return this.report;
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.child.kill('SIGKILL')) await ended;
    await Promise.all([this.servers.primary.end(), this.servers.replica.end()]);
  }

  private async sample(): Promise<void> {
    const [primary, replica] = await Promise.all([backends(this.servers.primary), backends(this.servers.replica)]);
    this.connectionsMax = primary?.max ?? this.connectionsMax;
    const { instances = 0, wanted = 0, refused = 0, demanded = 0, errors = 0 } = this.report ?? {};
    this.samples.push({
      at: Date.now(),
      instances: this.real.instances + instances,
      wanted: this.real.instances + wanted,
      refused,
      errors,
      demanded: this.real.connections + demanded,
      primaryBackends: primary?.backends ?? 0,
      replicaBackends: replica?.backends ?? 0,
    });
    this.timer = setTimeout(() => void this.sample(), SAMPLE_EVERY_MS);
  }
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** @returns undefined when the server did not answer in time: then the sample shows nothing for it */
async function backends(client: Client): Promise<{ backends: number; max: number } | undefined> {
  return client.query<{ backends: number; max: number }>(BACKENDS_SQL).then(
    ({ rows }) => rows[0],
    () => undefined,
  );
}
