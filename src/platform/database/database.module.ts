import { Global, Inject, Module, type Provider } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import {
  CONFIG,
  DATABASE_CONTEXTS,
  REPLICA_CONTEXTS,
  type Config,
  type DatabaseContext,
  type ReplicaContext,
} from '../config/index.js';
import { closeWhenUnanswered } from './answer-timeout.js';
import { ContextDatabase } from './context-database.js';
import { checkOptions, dataSourceOptions } from './data-source-options.js';
import { poolOf, refuseWhenStalled, waitMeter } from './pool-wait-timeout.js';
import { PoolWatch } from './pool-watch.js';
import { PrimaryWatch } from './primary-watch.js';
import { ReplicaRotation } from './replica-rotation.js';
import { Replica } from './replica.js';

const tokenOf = (context: DatabaseContext): string => `ContextDatabase:${context}`;

/** Injects the {@link ContextDatabase} of one context. */
export const InjectDatabase = (context: DatabaseContext): ParameterDecorator & PropertyDecorator =>
  Inject(tokenOf(context));

const primarySources = DATABASE_CONTEXTS.map((context) =>
  TypeOrmModule.forRootAsync({
    name: context,
    inject: [CONFIG],
    useFactory: (config: Config) => ({
      ...dataSourceOptions(config, context, { target: 'primary' }),
      autoLoadEntities: true,
      retryAttempts: 5,
      retryDelay: 500,
    }),
  }),
);

const primaryWatch: Provider = {
  provide: PrimaryWatch,
  inject: [getDataSourceToken('platform')],
  useFactory: async (source: DataSource): Promise<PrimaryWatch> => {
    const watch = new PrimaryWatch(source);
    await watch.start();
    return watch;
  },
};

const rotation: Provider = {
  provide: ReplicaRotation,
  inject: [CONFIG, PrimaryWatch, ...REPLICA_CONTEXTS.map((context) => getDataSourceToken(context))],
  useFactory: async (config: Config, primary: PrimaryWatch, ...primaries: DataSource[]): Promise<ReplicaRotation> => {
    const replicas = config.database.replicaUrls.map((url, n) => {
      const server = { target: 'replica', url } as const;
      const sources = Object.fromEntries(
        REPLICA_CONTEXTS.map((context, index) => {
          const entities = primaries[index]?.entityMetadatas.map(({ target }) => target);
          return [context, new DataSource({ ...dataSourceOptions(config, context, server), entities })];
        }),
      ) as Record<ReplicaContext, DataSource>;
      return new Replica({
        name: `replica-${n + 1}`,
        sources,
        checks: new DataSource(checkOptions(config, server)),
        primary,
        lagMaxMs: config.database.replicaLagMaxMs,
        stallMs: config.database.acquireTimeoutMs,
        answerTimeoutMs: config.database.answerTimeoutMs,
      });
    });
    await Promise.all(replicas.map((replica) => replica.start()));
    return new ReplicaRotation(replicas);
  },
};

const readsReplicas = (context: DatabaseContext): context is ReplicaContext =>
  REPLICA_CONTEXTS.some((one) => one === context);

const databases: Provider[] = DATABASE_CONTEXTS.map((context) => ({
  provide: tokenOf(context),
  inject: [CONFIG, getDataSourceToken(context), ReplicaRotation],
  useFactory: (config: Config, source: DataSource, replicas: ReplicaRotation) => {
    closeWhenUnanswered(poolOf(source), config.database.answerTimeoutMs);
    refuseWhenStalled(poolOf(source), {
      stallMs: config.database.acquireTimeoutMs,
      observe: waitMeter({ target: 'primary', context, server: 'primary' }),
    });
    return new ContextDatabase(source, readsReplicas(context) ? { context, rotation: replicas } : undefined);
  },
}));

/** Pools to the primary, one for each context, and to every replica, one for each context that reads there. */
@Global()
@Module({
  imports: primarySources,
  providers: [primaryWatch, rotation, ...databases, PoolWatch],
  exports: [...databases, PrimaryWatch],
})
export class DatabaseModule {}
