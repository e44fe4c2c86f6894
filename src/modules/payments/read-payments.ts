import { Injectable } from '@nestjs/common';
import { readPage, type Page, type PageQuery } from '../../platform/http/index.js';
import { HttpProblems } from '../../platform/problems/index.js';
import type { Payment } from './domain/payment.js';
import { Payments } from './persistence/payments.js';

/** A customer's own payments; another customer's payment is not found. */
@Injectable()
export class ReadPayments {
  constructor(private readonly payments: Payments) {}

  /** @throws Problem `not_found` */
  async one(accountId: string, id: string): Promise<Payment> {
    const payment = await this.payments.find(accountId, id);
    if (!payment) throw HttpProblems.not_found('There is no payment with this id.');
    return payment;
  }

  /** The newest first. */
  async page(accountId: string, query: PageQuery): Promise<Page<Payment>> {
    return readPage(query, (limit, beforeId) => this.payments.list(accountId, limit, beforeId));
  }
}
