import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import { EventConsumers, type DomainEvent, type EventConsumer } from '../../../platform/outbox/index.js';
import { postCapture, postRefund } from '../domain/ledger.js';
import { PAYMENT_CAPTURED, PAYMENT_REFUNDED, type PaymentCaptured, type PaymentRefunded } from '../payments.events.js';
import { Ledger } from '../persistence/ledger.js';

/** Posts each capture and refund to the ledger, once. */
@Injectable()
export class LedgerPosting implements EventConsumer, OnModuleInit {
  readonly name = 'payments-ledger';
  readonly eventTypes = [PAYMENT_CAPTURED, PAYMENT_REFUNDED];

  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly consumers: EventConsumers,
    private readonly ledger: Ledger,
  ) {}

  onModuleInit(): void {
    this.consumers.register(this, this.database);
  }

  async handle(event: DomainEvent, tx: Transaction): Promise<void> {
    const { paymentId, amountMinor, currency } = event.payload as PaymentCaptured | PaymentRefunded;
    const isCapture = event.type === PAYMENT_CAPTURED;
    const entries = isCapture ? postCapture(BigInt(amountMinor), currency) : postRefund(BigInt(amountMinor), currency);
    await this.ledger.post(
      tx,
      { id: event.id, kind: isCapture ? 'capture' : 'refund', paymentId, occurredAt: event.occurredAt },
      entries,
    );
  }
}
