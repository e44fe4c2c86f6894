import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { InjectConfig, type Config } from '../config/index.js';
import { HealthChecks, metrics, type PoolFigures } from '../observability/index.js';
import { CONTEXTS } from './contexts.js';
import { poolOf } from './pool-wait-timeout.js';
import { PrimaryWatch } from './primary-watch.js';
import { REPLICA_CONTEXTS } from './replica-contexts.js';
import { ReplicaRotation } from './replica-rotation.js';

/** Reports pool figures and health, and closes what the replicas hold. */
@Injectable()
export class PoolWatch implements OnApplicationShutdown {
  constructor(
    private readonly replicas: ReplicaRotation,
    private readonly primary: PrimaryWatch,
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
      ...CONTEXTS.map((context) =>
        figures(pools[context], { target: 'primary', server: 'primary', context, sizeMax: sizes[context].poolSizeMax }),
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
    health.register('postgres-primary', async () => void (await platform.query('SELECT 1')), { critical: true });
    // Without its replicas everything is read from the primary.
    if (replicas.replicas.length > 0)
      health.register('postgres-replica', async () => replicas.assertAllServe(), { critical: false });
  }

  async onApplicationShutdown(): Promise<void> {
    this.primary.stop();
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
