import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import {
  DATABASE_CONTEXTS,
  InjectConfig,
  REPLICA_CONTEXTS,
  type Config,
  type DatabaseContext,
} from '../config/index.js';
import { HealthChecks, metrics, type PoolFigures } from '../observability/index.js';
import { poolOf } from './pool-wait-timeout.js';
import { PrimaryWatch } from './primary-watch.js';
import { ReplicaRotation } from './replica-rotation.js';

/** Reports pool figures and health, and closes what the replicas hold. */
@Injectable()
export class PoolWatch implements OnApplicationShutdown {
  constructor(
    private readonly replicas: ReplicaRotation,
    private readonly primary: PrimaryWatch,
    @InjectConfig() config: Config,
    health: HealthChecks,
    modules: ModuleRef,
  ) {
    const primaryPool = (context: DatabaseContext): DataSource =>
      modules.get<DataSource>(getDataSourceToken(context), { strict: false });
    const sizes = config.database.signIn;
    metrics.watchPools(() => [
      ...DATABASE_CONTEXTS.map((context) =>
        figures(primaryPool(context), {
          target: 'primary',
          server: 'primary',
          context,
          sizeMax: sizes[context].poolSizeMax,
        }),
      ),
      ...replicas.replicas.flatMap((replica) =>
        REPLICA_CONTEXTS.map((context) =>
          figures(replica.source(context), {
            target: 'replica',
            server: replica.name,
            context,
            sizeMax: sizes[context].poolSizeMax,
          }),
        ),
      ),
    ]);
    health.register('postgres-primary', async () => void (await primaryPool('platform').query('SELECT 1')), {
      critical: true,
    });
    // Without its replicas everything is read from the primary.
    if (replicas.replicas.length > 0)
      health.register('postgres-replica', async () => replicas.assertAllServe(), { critical: false });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.primary.stop();
    await Promise.all(this.replicas.replicas.map((replica) => replica.stop()));
  }
}

function figures(
  source: DataSource,
  labels: Pick<PoolFigures, 'target' | 'server' | 'context' | 'sizeMax'>,
): PoolFigures {
  if (!source.isInitialized) return { ...labels, total: 0, idle: 0, waiting: 0 };
  const { totalCount, idleCount, waitingCount } = poolOf(source);
  return { ...labels, total: totalCount, idle: idleCount, waiting: waitingCount };
}
