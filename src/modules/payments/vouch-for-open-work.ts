import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RecoveredWork } from '../../platform/idempotency/index.js';
import { OpenWork } from './persistence/open-work.js';

/**
 * Tells which keys of payments and refunds still have something open behind them. Whatever has begun stands among the open
 * ones until its end, which finishes the key as well: a key without either never began anything.
 */
@Injectable()
export class VouchForOpenWork implements OnModuleInit {
  constructor(
    private readonly recovered: RecoveredWork,
    private readonly open: OpenWork,
  ) {}

  onModuleInit(): void {
    this.recovered.register('POST /v1/payments', (ids) => this.open.stillOpen('payment', ids));
    this.recovered.register('POST /v1/payments/:id/refunds', (ids) => this.open.stillOpen('refund', ids));
  }
}
