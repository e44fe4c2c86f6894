import { BullModule } from '@nestjs/bullmq';
import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { RetainedTables } from '../retention/index.js';
import { ConsumerWorkers } from './consumer-workers.js';
import { DeadLetters } from './dead-letters.js';
import { EventConsumers } from './event-consumers.js';
import { EventQueues } from './event-queues.js';
import { Outbox } from './outbox.js';
import { OutboxRelay } from './outbox-relay.js';
import { outboxRetention } from './outbox-retention.js';
import { PartitionKeeper } from './partition-keeper.js';
import { QueueConnections } from './queue-connections.js';
import { Redelivery } from './redelivery.js';
import { RelayLease } from './relay-lease.js';

/** The braces keep the keys of all queues on one node of a cluster, which the queue's scripts need. */
const PREFIX = '{bulwark}';

@Module({ providers: [QueueConnections], exports: [QueueConnections] })
class QueueConnectionsModule {}

/** Events out of the database and into their consumers. */
@Global()
@Module({
  imports: [
    QueueConnectionsModule,
    BullModule.forRootAsync({
      imports: [QueueConnectionsModule],
      inject: [QueueConnections],
      useFactory: (connections: QueueConnections) => ({ connection: connections.producer(), prefix: PREFIX }),
    }),
  ],
  providers: [
    Outbox,
    EventConsumers,
    EventQueues,
    OutboxRelay,
    RelayLease,
    ConsumerWorkers,
    Redelivery,
    PartitionKeeper,
    DeadLetters,
  ],
  exports: [Outbox, OutboxRelay, EventConsumers, DeadLetters],
})
export class OutboxModule implements OnModuleInit {
  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly retained: RetainedTables,
  ) {}

  onModuleInit(): void {
    this.retained.declare(this.database, 'platform', outboxRetention);
  }
}
