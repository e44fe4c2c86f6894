import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { Mailer } from '../../../platform/mail/index.js';
import { EventConsumers, type DomainEvent, type EventConsumer } from '../../../platform/outbox/index.js';
import { PAYMENT_CAPTURED, type PaymentCaptured } from '../../payments/index.js';
import { Accounts } from '../persistence/accounts.js';
import { formatAmount } from './format-amount.js';

/** Mails the receipt of a captured payment. It is in this context because only this context has the address. */
@Injectable()
export class ReceiptMail implements EventConsumer, OnModuleInit {
  readonly name = 'account-receipt-mail';
  readonly eventTypes = [PAYMENT_CAPTURED];

  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly consumers: EventConsumers,
    private readonly accounts: Accounts,
    private readonly mailer: Mailer,
  ) {}

  onModuleInit(): void {
    this.consumers.register(this, this.database);
  }

  async deliver(event: DomainEvent): Promise<void> {
    const payment = event.payload as PaymentCaptured;
    const credential = await this.accounts.findById(payment.accountId);
    // An account that was deleted since has no address.
    if (!credential) return;
    const { account } = credential;
    const lines = payment.lines.map(
      ({ quantity, title, unitPriceMinor }) =>
        `${quantity} x ${title}: ${formatAmount(BigInt(unitPriceMinor) * BigInt(quantity), payment.currency)}`,
    );
    const text = [
      `Hello ${account.displayName},`,
      '',
      'thank you for your order.',
      '',
      ...lines,
      '',
      `Total: ${formatAmount(payment.amountMinor, payment.currency)}`,
      `Payment: ${payment.paymentId}`,
      `Paid at: ${payment.capturedAt}`,
      '',
    ];
    await this.mailer.send({
      messageId: `${event.id}.receipt@bulwark`,
      to: account.email,
      subject: 'Your receipt',
      text: text.join('\n'),
    });
  }
}
