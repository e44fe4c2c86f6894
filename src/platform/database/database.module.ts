import { Global, Inject, Injectable, Module, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { InjectConfig, CONFIG, type Config, type DatabaseContext } from '../config/index.js';
import { HealthChecks, metrics } from '../observability/index.js';
import { ContextDatabase } from './context-database.js';
import { CONTEXTS } from './contexts.js';
import { dataSourceOptions } from './data-source-options.js';
import { refuseWhenStalled } from './pool-patience.js';
import { ReplicaGate } from './replica-gate.js';


const CATALOG_REPLICA = Symbol('CatalogReplica');

const tokenOf = (context: DatabaseContext): string => `ContextDatabase:${context}`;

/** Injects the {@link ContextDatabase} of one context. */
export const InjectDatabase = (context: DatabaseContext): ParameterDecorator & PropertyDecorator => Inject(tokenOf(context));

const primarySources = CONTEXTS.map((context) =>
  TypeOrmModule.forRootAsync({
    name: context,
    inject: [CONFIG],
    useFactory: (config: Config) => ({ ...dataSourceOptions(config, context, 'primary'), autoLoadEntities: true, retryAttempts: 5, retryDelay: 500 }),
  }),
);

const replicaGate: Provider = {
  provide: CATALOG_REPLICA,
  inject: [CONFIG],
  useFactory: async (config: Config): Promise<ReplicaGate> => {
    const gate = new ReplicaGate(new DataSource(dataSourceOptions(config, 'catalog', 'replica')), 'replica-1');
    await gate.start();
    return gate;
  },
};

// Only the catalog reads from a replica for now: the other contexts read what their caller has just written.
const databases: Provider[] = CONTEXTS.map((context) => ({
  provide: tokenOf(context),
  inject: [CONFIG, getDataSourceToken(context), CATALOG_REPLICA],
  useFactory: (config: Config, source: DataSource, gate: ReplicaGate) => {
    refuseWhenStalled((source.driver as unknown as { master: Pool }).master, { stallMs: config.database.acquireTimeoutMs });
    return new ContextDatabase(source, context === 'catalog' ? gate : undefined);
  },
}));

/** Reports pool figures and health, and closes the replica's pool. */
@Injectable()
class PoolWatch implements OnApplicationShutdown {
  constructor(
    @Inject(CATALOG_REPLICA) private readonly gate: ReplicaGate,
    @InjectConfig() config: Config,
    health: HealthChecks,
    @Inject(getDataSourceToken('catalog')) catalog: DataSource,
    @Inject(getDataSourceToken('account')) account: DataSource,
    @Inject(getDataSourceToken('payments')) payments: DataSource,
    @Inject(getDataSourceToken('platform')) platform: DataSource,
  ) {
    const sizes = config.database.signIn;
    const pools = { catalog, account, payments, platform };
    metrics.watchPools(() => [
      ...CONTEXTS.map((context) => ({ target: `primary:${context}`, sizeMax: sizes[context].poolSizeMax, ...poolFigures(pools[context]) })),
      { target: 'replica:catalog', sizeMax: sizes.catalog.poolSizeMax, ...poolFigures(gate.open()) },
    ]);
    health.register('postgres-primary', async () => void (await platform.query('SELECT 1')), { critical: true });
    // Without its replica the catalog reads from the primary.
    health.register('postgres-replica', () => gate.assertServing(), { critical: false });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.gate.stop();
  }
}

function poolFigures(source: DataSource | undefined): { total: number; idle: number; waiting: number } {
  const pool = (source?.driver as { master?: { totalCount: number; idleCount: number; waitingCount: number } } | undefined)?.master;
  return { total: pool?.totalCount ?? 0, idle: pool?.idleCount ?? 0, waiting: pool?.waitingCount ?? 0 };
}

/** Four primary pools, one per context, and the catalog's replica. */
@Global()
@Module({ imports: primarySources, providers: [replicaGate, ...databases, PoolWatch], exports: databases })
export class DatabaseModule {}
