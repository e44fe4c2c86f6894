import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startDatabase, type EmbeddedDatabase } from '../cluster/start-database.js';
import { Guard } from '../embedded/guard-client.js';
import { mailSinkDefinition, sandboxDefinition } from '../embedded/node-services.js';
import { redisDefinition, type RedisRole } from '../embedded/redis.js';
import { ServiceLog } from '../embedded/service-log.js';
import { ServiceProcess, type ServiceDefinition } from '../embedded/service-process.js';
import { ensureSystemPrograms, type SystemPrograms } from '../machine/find-programs.js';
import { prepareServerHome, type ServerHome } from '../machine/service-user.js';
import { serviceAddresses, type ServiceAddresses } from './addresses.js';
import { applicationEnvironment, poolerPasswords } from './environment.js';
import { SERVICE_NAMES, poolSizeOf, replicaCountOf } from './options.js';
import type { Environment, ServiceName, ServicesOptions } from './options.js';
import { ensureCredentials, type Credentials } from './credentials.js';

/** After a promotion addresses, environment, services and process ids are those of the servers in their new roles. */
export interface RunningServices {
  readonly addresses: ServiceAddresses;
  readonly credentials: Credentials;
  /**
   * What the processes of the application need in their environment to find the services; they see no promotion in it.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** The embedded services; one that is external is missing. Each can be stopped, killed and started on its port. */
  readonly services: Readonly<Partial<Record<ServiceName, ServiceProcess>>>;
  /** The embedded servers and their pooler; null when external. */
  readonly database: EmbeddedDatabase | null;
  /** Ends processes should this one be killed; the application's are added to it. */
  readonly guard: Guard;
  /** Current process ids; null for one that is external or down. */
  readonly pids: Record<ServiceName, number | null>;
  /** Ends all services in order. */
  stop(): Promise<void>;
}

/**
 * Starts every service that no variable of the environment replaces, those that are independent at the same time.
 * @throws LauncherError with a message for the reader; what was started by then is stopped again
 */
export async function startServices(options: ServicesOptions): Promise<RunningServices> {
  const start = new ServicesStart(options);
  try {
    await start.run();
  } catch (error) {
    await start.stop();
    throw error;
  }
  return start.running();
}

class ServicesStart {
  private readonly dataDir: string;
  readonly environment: Environment;
  readonly credentials: Credentials;
  private readonly poolSize: number;
  private readonly replicas: number;
  private readonly guard: Guard;
  /** All but the servers of the database, whose roles change. */
  private readonly fixed: Partial<Record<ServiceName, ServiceProcess>> = {};
  private database: EmbeddedDatabase | null = null;

  constructor(private readonly options: ServicesOptions) {
    this.dataDir = resolve(options.dataDir);
    this.environment = options.environment ?? process.env;
    mkdirSync(this.dataDir, { recursive: true, mode: 0o755 });
    this.credentials = ensureCredentials(this.dataDir);
    this.guard = options.guard ?? new Guard();
    this.poolSize = poolSizeOf(options, this.environment);
    this.replicas = replicaCountOf(options, this.environment);
  }

  async run(): Promise<void> {
    const external = this.environment;
    const wanted: (keyof SystemPrograms)[] = [];
    if (!external.REDIS_URL) wanted.push('redis');
    if (!external.DATABASE_URL) wanted.push('pgbouncer');
    const programs = ensureSystemPrograms(wanted, (step) => this.options.onStep?.(step));
    const home = wanted.length > 0 ? prepareServerHome(this.dataDir) : null;
    // All are awaited also when one fails, so that stop() finds whatever was started.
    const outcomes = await Promise.allSettled([
      home && this.startDatabase(home, programs.pgbouncer),
      home && this.startRedis(home, programs.redis),
      this.startSandbox(),
      this.startMailSink(),
    ]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  running(): RunningServices {
    const addresses = () =>
      serviceAddresses({
        ports: this.ports(),
        replicaPorts: this.replicaPorts(),
        environment: this.environment,
        credentials: this.credentials,
        mailDir: this.mailDir,
      });
    const environment = () => applicationEnvironment(this.dataDir, addresses(), this);
    const services = () => this.services();
    const pids = () => this.pids();
    return {
      get addresses() {
        return addresses();
      },
      get environment() {
        return environment();
      },
      get services() {
        return services();
      },
      get pids() {
        return pids();
      },
      credentials: this.credentials,
      database: this.database,
      guard: this.guard,
      stop: () => this.stop(),
    };
  }

  async stop(): Promise<void> {
    const services = [
      ...Object.values(this.fixed),
      ...(this.database?.cluster.members.map((member) => member.service) ?? []),
    ];
    const ranks = [...new Set(services.map((service) => service.definition.rank))].toSorted((a, b) => a - b);
    for (const rank of ranks) {
      await Promise.all(
        services.filter((service) => service.definition.rank === rank).map((service) => service.stop()),
      );
    }
    this.guard.close();
  }

  private async startDatabase(home: ServerHome, pgbouncer: string | undefined): Promise<void> {
    if (pgbouncer === undefined) return;
    const { ports } = this.options;
    const fixedPorts = [ports?.postgresPrimary, ports?.postgresReplica];
    await startDatabase(
      {
        home,
        pgbouncer,
        poolSize: this.poolSize,
        replicas: this.replicas,
        poolerPasswords: poolerPasswords(this),
        superuserPassword: this.credentials.DATABASE_SUPERUSER_PASSWORD,
        poolerAdminPassword: this.credentials.DATABASE_POOLER_ADMIN_PASSWORD,
        makeServer: (definition, place) => this.processOf(definition, fixedPorts[place]),
        makePooler: (definition) => this.make('pooler', definition),
      },
      (database) => {
        this.database = database;
      },
    );
  }

  private async startRedis(home: ServerHome, program: string | undefined): Promise<void> {
    if (program === undefined) return;
    const roles: [ServiceName, RedisRole][] = [['redis', 'redis']];
    if (!this.environment.REDIS_CACHE_URL) roles.push(['redisCache', 'redis-cache']);
    await Promise.all(roles.map(([name, role]) => this.make(name, redisDefinition(role, program, home)).start()));
  }

  private async startSandbox(): Promise<void> {
    if (this.environment.PAYMENT_PROVIDER_URL) return;
    const dataDir = join(this.dataDir, 'payment-sandbox');
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const apiKey = this.environment.PAYMENT_PROVIDER_KEY || this.credentials.PAYMENT_PROVIDER_KEY;
    const webhookSecret = this.environment.PAYMENT_WEBHOOK_SECRET || this.credentials.PAYMENT_WEBHOOK_SECRET;
    await this.make(
      'paymentProvider',
      sandboxDefinition({ dataDir, apiKey, webhookSecret, webhookUrl: this.options.paymentWebhookUrl }),
    ).start();
  }

  private async startMailSink(): Promise<void> {
    mkdirSync(this.mailDir, { recursive: true, mode: 0o700 });
    if (!this.environment.SMTP_URL) await this.make('mailSink', mailSinkDefinition(this.mailDir)).start();
  }

  private make(name: ServiceName, definition: ServiceDefinition): ServiceProcess {
    const service = this.processOf(definition, this.options.ports?.[name]);
    this.fixed[name] = service;
    return service;
  }

  private processOf(definition: ServiceDefinition, port: number | undefined): ServiceProcess {
    return new ServiceProcess(definition, {
      guard: this.guard,
      log: new ServiceLog(this.dataDir, definition.name),
      port,
    });
  }

  private get mailDir(): string {
    return join(this.dataDir, 'mail');
  }

  private services(): Partial<Record<ServiceName, ServiceProcess>> {
    if (this.database === null) return this.fixed;
    const {
      primary,
      standbys: [first],
    } = this.database.cluster;
    return { postgresPrimary: primary.service, ...(first && { postgresReplica: first.service }), ...this.fixed };
  }

  private pids(): Record<ServiceName, number | null> {
    const services = this.services();
    return Object.fromEntries(SERVICE_NAMES.map((name) => [name, services[name]?.pid ?? null])) as Record<
      ServiceName,
      number | null
    >;
  }

  private ports(): Partial<Record<ServiceName, number>> {
    return Object.fromEntries(Object.entries(this.services()).map(([name, service]) => [name, service.port]));
  }

  private replicaPorts(): number[] {
    return this.database?.cluster.standbys.map((standby) => standby.port) ?? [];
  }
}
