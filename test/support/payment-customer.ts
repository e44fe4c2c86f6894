import { randomUUID } from 'node:crypto';
import type { ApiAnswer, ApiClient } from './api-client.js';
import { retryUntilFinal } from './retrying-client.js';
import type { CustomerStep } from './payment-plan.js';
import { pay, type MoneyBody, type PaymentAnswer, type PaymentBody, type Sold } from './payments.js';
import { signEvent } from './provider-sandbox.js';
import type { Person } from './people.js';

/** An order of a customer under one key, and its final answer. */
export interface Intent {
  key: string;
  order: Record<string, unknown>;
  itemId: string;
  answer: PaymentAnswer;
}

export interface RefundIntent {
  paymentId: string;
  answer: ApiAnswer<{ id: string; amount: MoneyBody; status: string; code?: string }>;
}

interface World {
  api: ApiClient;
  items: readonly Sold[];
  webhookSecret: string;
  /** The price that is shown at this moment. */
  priceOf(itemId: string): MoneyBody;
}

/** Walks through its steps, retries early and often, and keeps every answer. */
export class PaymentCustomer {
  readonly intents: Intent[] = [];
  readonly refunds: RefundIntent[] = [];
  /** Answers that break a promise of the contract. */
  readonly violations: string[] = [];

  constructor(
    private readonly world: World,
    readonly person: Person,
  ) {}

  async walk(steps: readonly CustomerStep[]): Promise<void> {
    for (const step of steps) await this.take(step);
    for (const intent of this.intents) await this.ask(intent.key, intent.order, intent.itemId);
  }

  private async take(step: CustomerStep): Promise<void> {
    if (step.kind === 'pay') return this.pay(step);
    const intent = this.intents[step.of % Math.max(1, this.intents.length)];
    if (!intent) return;
    if (step.kind === 'again') await this.ask(intent.key, intent.order, intent.itemId);
    if (step.kind === 'reuse') await this.reuse(intent);
    if (step.kind === 'refund') await this.refund(intent, step);
    if (step.kind === 'event') await this.sendEvents(intent, step);
  }

  private async pay(step: Extract<CustomerStep, { kind: 'pay' }>): Promise<void> {
    const itemId = this.world.items[step.item]?.id ?? '';
    const key = randomUUID();
    const line = {
      itemId,
      quantity: step.quantity,
      ...(step.expectsPrice ? { expectedUnitPrice: this.world.priceOf(itemId) } : {}),
    };
    const order = {
      items: [line],
      paymentMethod: step.token,
      ...(step.reference === null ? {} : { reference: `order-${step.reference}` }),
    };
    if (step.hangUpAfterMs !== null)
      await pay(this.world.api, itemId, order, {
        token: this.person.token,
        key,
        signal: AbortSignal.timeout(step.hangUpAfterMs),
      }).catch(() => 'hung up');
    await Promise.all(Array.from({ length: step.taps }, () => this.ask(key, order, itemId)));
  }

  /** Every final answer under one key is the same. */
  private async ask(key: string, order: Record<string, unknown>, itemId: string): Promise<void> {
    const answer = await retryUntilFinal<PaymentAnswer['body']>(() =>
      pay(this.world.api, itemId, order, { token: this.person.token, key }),
    );
    const known = this.intents.find((intent) => intent.key === key);
    if (!known) this.intents.push({ key, order, itemId, answer });
    else if (known.answer.status !== answer.status || known.answer.text !== answer.text)
      this.violations.push(
        `${key} was answered ${known.answer.status} ${known.answer.text} and then ${answer.status} ${answer.text}`,
      );
  }

  private async reuse({ key, order, itemId }: Intent): Promise<void> {
    const answer = await retryUntilFinal<PaymentAnswer['body']>(() =>
      pay(this.world.api, itemId, { ...order, items: [{ itemId, quantity: 99 }] }, { token: this.person.token, key }),
    );
    if (answer.status !== 422) this.violations.push(`another order under the key ${key} was answered ${answer.status}`);
  }

  private async refund(
    { answer: { status, body } }: Intent,
    { share, taps }: Extract<CustomerStep, { kind: 'refund' }>,
  ): Promise<void> {
    if (status !== 201) return;
    const key = randomUUID();
    const amount =
      share === null
        ? undefined
        : { amount: Math.max(1, Math.floor(body.amount.amount / share)), currency: body.amount.currency };
    const ask = () =>
      this.world.api.post<RefundIntent['answer']['body']>(`/v1/payments/${body.id}/refunds`, amount ? { amount } : {}, {
        token: this.person.token,
        key,
      });
    const answers = await Promise.all(Array.from({ length: taps }, () => retryUntilFinal(ask)));
    const [first] = answers;
    if (!first) return;
    this.refunds.push({ paymentId: body.id, answer: first });
    if (answers.some(({ text }) => text !== first.text))
      this.violations.push(
        `the refund ${key} was answered in two ways: ${answers.map(({ text }) => text).join(' and ')}`,
      );
  }

  private async sendEvents(
    { answer: { body } }: Intent,
    { type, copies }: Extract<CustomerStep, { kind: 'event' }>,
  ): Promise<void> {
    const metadata = { payment: (body as Partial<PaymentBody>).id ?? randomUUID(), account: this.person.accountId };
    const event = JSON.stringify({
      id: `evt_${randomUUID()}`,
      object: 'event',
      type,
      data: { object: { object: 'payment_intent', metadata } },
    });
    const tell = () =>
      this.world.api.post('/v1/provider-webhooks', event, {
        key: null,
        headers: { 'stripe-signature': signEvent(event, this.world.webhookSecret) },
      });
    await Promise.all(Array.from({ length: copies }, () => retryUntilFinal(tell)));
  }
}
