import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
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
export class IdempotencyModule {}
