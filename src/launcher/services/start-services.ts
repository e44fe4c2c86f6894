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
  const services = new Services(options);
  try {
    await services.start();
  } catch (error) {
    await services.stop();
    throw error;
  }
  return services;
}

class Services implements RunningServices {
  readonly credentials: Credentials;
  readonly guard: Guard;
  database: EmbeddedDatabase | null = null;
  /** All but the servers of the database, whose roles change. */
  private readonly fixed: Partial<Record<ServiceName, ServiceProcess>> = {};
  private readonly dataDir: string;
  private readonly mailDir: string;
  /** Says which servers are external. */
  private readonly given: Environment;
  private readonly poolSize: number;
  private readonly replicas: number;

  constructor(private readonly options: ServicesOptions) {
    this.dataDir = resolve(options.dataDir);
    this.mailDir = join(this.dataDir, 'mail');
    this.given = options.environment ?? process.env;
    mkdirSync(this.dataDir, { recursive: true, mode: 0o755 });
    this.credentials = ensureCredentials(this.dataDir);
    this.guard = options.guard ?? new Guard();
    this.poolSize = poolSizeOf(options, this.given);
    this.replicas = replicaCountOf(options, this.given);
  }

  get addresses(): ServiceAddresses {
    const ports = Object.fromEntries(Object.entries(this.services).map(([name, service]) => [name, service.port]));
    const replicaPorts = this.database?.cluster.standbys.map((standby) => standby.port) ?? [];
    const { credentials, mailDir } = this;
    return serviceAddresses({ ports, replicaPorts, environment: this.given, credentials, mailDir });
  }

  get environment(): Record<string, string> {
    return applicationEnvironment(this.dataDir, this.addresses, this.secrets);
  }

  get services(): Partial<Record<ServiceName, ServiceProcess>> {
    if (this.database === null) return this.fixed;
    const { primary, standbys } = this.database.cluster;
    const [first] = standbys;
    return { postgresPrimary: primary.service, ...(first && { postgresReplica: first.service }), ...this.fixed };
  }

  get pids(): Record<ServiceName, number | null> {
    const { services } = this;
    return Object.fromEntries(SERVICE_NAMES.map((name) => [name, services[name]?.pid ?? null])) as Record<
      ServiceName,
      number | null
    >;
  }

  async start(): Promise<void> {
    const wanted: (keyof SystemPrograms)[] = [];
    if (!this.given.REDIS_URL) wanted.push('redis');
    if (!this.given.DATABASE_URL) wanted.push('pgbouncer');
    const { redis, pgbouncer } = ensureSystemPrograms(wanted, (step) => this.options.onStep?.(step));
    const home = wanted.length > 0 ? prepareServerHome(this.dataDir) : null;
    // All are awaited also when one fails, so that stop() finds whatever was started.
    const outcomes = await Promise.allSettled([
      home && pgbouncer && this.startDatabase(home, pgbouncer),
      home && redis && this.startRedis(home, redis),
      this.startSandbox(),
      this.startMailSink(),
    ]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async stop(): Promise<void> {
    const servers = this.database?.cluster.members.map((member) => member.service) ?? [];
    const services = [...Object.values(this.fixed), ...servers];
    const ranks = [...new Set(services.map((service) => service.definition.rank))].toSorted((a, b) => a - b);
    for (const rank of ranks) {
      await Promise.all(
        services.filter((service) => service.definition.rank === rank).map((service) => service.stop()),
      );
    }
    this.guard.close();
  }

  private async startDatabase(home: ServerHome, pgbouncer: string): Promise<void> {
    const { ports } = this.options;
    const fixedPorts = [ports?.postgresPrimary, ports?.postgresReplica];
    await startDatabase(
      {
        home,
        pgbouncer,
        poolSize: this.poolSize,
        replicas: this.replicas,
        poolerPasswords: poolerPasswords(this.secrets),
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

  private async startRedis(home: ServerHome, program: string): Promise<void> {
    const roles: [ServiceName, RedisRole][] = [['redis', 'redis']];
    if (!this.given.REDIS_CACHE_URL) roles.push(['redisCache', 'redis-cache']);
    await Promise.all(roles.map(([name, role]) => this.make(name, redisDefinition(role, program, home)).start()));
  }

  private async startSandbox(): Promise<void> {
    if (this.given.PAYMENT_PROVIDER_URL) return;
    const dataDir = join(this.dataDir, 'payment-sandbox');
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const apiKey = this.given.PAYMENT_PROVIDER_KEY || this.credentials.PAYMENT_PROVIDER_KEY;
    const webhookSecret = this.given.PAYMENT_WEBHOOK_SECRET || this.credentials.PAYMENT_WEBHOOK_SECRET;
    const webhookUrl = this.options.paymentWebhookUrl;
    await this.make('paymentProvider', sandboxDefinition({ dataDir, apiKey, webhookSecret, webhookUrl })).start();
  }

  private async startMailSink(): Promise<void> {
    mkdirSync(this.mailDir, { recursive: true, mode: 0o700 });
    if (!this.given.SMTP_URL) await this.make('mailSink', mailSinkDefinition(this.mailDir)).start();
  }

  private make(name: ServiceName, definition: ServiceDefinition): ServiceProcess {
    const service = this.processOf(definition, this.options.ports?.[name]);
    this.fixed[name] = service;
    return service;
  }

  private processOf(definition: ServiceDefinition, port: number | undefined): ServiceProcess {
    const log = new ServiceLog(this.dataDir, definition.name);
    return new ServiceProcess(definition, { guard: this.guard, log, port });
  }

  private get secrets() {
    return { environment: this.given, credentials: this.credentials };
  }
}
