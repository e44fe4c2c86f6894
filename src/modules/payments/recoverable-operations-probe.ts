import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RecoverableOperations } from '../../platform/idempotency/index.js';
import { PendingOperations } from './persistence/pending-operations.js';

/**
 * Tells which keys of payments and refunds still have something open behind them. Whatever has begun stands among the open
 * ones until its end, which finishes the key as well: a key without either never began anything.
 */
@Injectable()
export class RecoverableOperationsProbe implements OnModuleInit {
  constructor(
    private readonly recovered: RecoverableOperations,
    private readonly open: PendingOperations,
  ) {}

  onModuleInit(): void {
    this.recovered.register('POST /v1/payments', (ids) => this.open.stillOpen('payment', ids));
    this.recovered.register('POST /v1/payments/:id/refunds', (ids) => this.open.stillOpen('refund', ids));
  }
}
