import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { RetainedTables } from '../retention/index.js';
import { Idempotency } from './idempotency.js';
import { IdempotentRequests } from './idempotent-requests.js';
import { KeyReaper } from './key-reaper.js';
import { RecoverableOperations } from './recoverable-operations.js';
import { IdempotencyScan } from './route-idempotency.js';

/** The same rules for every state-changing route. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [Idempotency, IdempotentRequests, IdempotencyScan, RecoverableOperations, KeyReaper],
  // IdempotentRequests serves the interceptor, which the framework makes once a controller.
  exports: [Idempotency, IdempotentRequests, IdempotencyScan, RecoverableOperations],
})
export class IdempotencyModule implements OnModuleInit {
  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly retained: RetainedTables,
  ) {}

  onModuleInit(): void {
    this.retained.declare(this.database, 'platform', {
      idempotency_keys: {
        endsOtherwise:
          'KeyReaper deletes them after 24 hours, unfinished ones when their context says that none is open.',
      },
    });
  }
}
