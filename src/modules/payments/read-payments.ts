import { Injectable } from '@nestjs/common';
import { HttpProblems } from '../../platform/problems/index.js';
import { readCursor, writeCursor } from './http/list-query.dto.js';
import { toPaymentDto, type PaymentDto, type PaymentPageDto } from './http/payment.dto.js';
import { Payments } from './persistence/payments.js';

/** A customer's own payments; a stranger's is as if it were not there. */
@Injectable()
export class ReadPayments {
  constructor(private readonly payments: Payments) {}

  /** @throws Problem `not_found` */
  async one(accountId: string, id: string): Promise<PaymentDto> {
    const payment = await this.payments.find(accountId, id);
    if (!payment) throw HttpProblems.not_found('There is no payment with this id.');
    return toPaymentDto(payment);
  }

  /** The newest first. */
  async page(accountId: string, { limit, cursor }: { limit: number; cursor?: string }): Promise<PaymentPageDto> {
    // One more than asked for tells whether there is a next page.
    const payments = await this.payments.list(
      accountId,
      limit + 1,
      cursor === undefined ? undefined : readCursor(cursor),
    );
    const page = payments.slice(0, limit);
    const last = page.at(-1);
    return { data: page.map(toPaymentDto), nextCursor: payments.length > limit && last ? writeCursor(last.id) : null };
  }
}
