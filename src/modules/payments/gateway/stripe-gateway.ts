import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { InjectConfig, type Config } from '../../../platform/config/index.js';
import { HealthChecks, logger } from '../../../platform/observability/index.js';
import type { ProviderOutcome, ProviderState } from '../domain/next-step.js';
import { providerKey } from '../domain/payment.js';
import { chargeRecordOf } from './charge-record.js';
import type {
  Authorization,
  ChargePage,
  ChargeQuery,
  Deadline,
  PaymentGateway,
  RefundOutcome,
  RefundRequest,
} from './payment-gateway.js';
import { ProviderCallError, ProviderCalls } from './provider-calls.js';
import {
  classifyFailure,
  mostAdvancedState,
  outcomeOfIntent,
  outcomeOfRefund,
  outcomeOfRefusal,
} from './provider-outcomes.js';

const HEALTH_TIMEOUT_MS = 900;
/** The newest come first; a refund whose outcome is unknown is among them. */
const REFUNDS_LISTED_MAX = 100;
const CHARGES_PER_PAGE = 100;
const NONE: { readonly data: Stripe.Refund[] } = { data: [] };
const MANUAL_CAPTURE = { capture_method: 'manual', confirm: true } as const;

/**
 * The provider through its official SDK; the sandbox speaks the same API. The SDK's own retries are off, because
 * `ProviderCalls` retries within a budget and behind a breaker. `provider-outcomes.ts` says what each answer means.
 */
@Injectable()
export class StripeGateway implements PaymentGateway {
  private readonly stripe: Stripe;

  constructor(
    @InjectConfig() config: Config,
    private readonly calls: ProviderCalls,
    health: HealthChecks,
  ) {
    const { providerUrl, providerKey: apiKey, providerTimeoutMs } = config.payments;
    const url = new URL(providerUrl);
    const protocol = url.protocol === 'http:' ? 'http' : 'https';
    this.stripe = new Stripe(apiKey, {
      host: url.hostname,
      port: url.port || (protocol === 'http' ? '80' : '443'),
      protocol,
      timeout: providerTimeoutMs,
      maxNetworkRetries: 0,
      telemetry: false,
    });
    // Any answer will do: the check is whether the provider can be reached. The catalog works without it.
    health.register(
      'payment-provider',
      async () => void (await fetch(providerUrl, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) })),
      { critical: false },
    );
  }

  isAvailable(): boolean {
    return !this.calls.isOpen();
  }

  async authorize(
    { paymentId, accountId, amountMinor, currency, cardToken }: Authorization,
    deadline: Deadline,
  ): Promise<ProviderOutcome> {
    const asked = {
      ...MANUAL_CAPTURE,
      amount: Number(amountMinor),
      currency: currency.toLowerCase(),
      payment_method_data: { type: 'card' as const, card: { token: cardToken } },
      metadata: { payment: paymentId, account: accountId },
    };
    return this.outcome(
      paymentId,
      (timeout) =>
        this.stripe.paymentIntents.create(asked, { timeout, idempotencyKey: providerKey(paymentId, 'authorize') }),
      deadline,
    );
  }

  async capture(paymentId: string, providerId: string, deadline: Deadline): Promise<ProviderOutcome> {
    return this.outcome(
      paymentId,
      (timeout) =>
        this.stripe.paymentIntents.capture(
          providerId,
          {},
          { timeout, idempotencyKey: providerKey(paymentId, 'capture') },
        ),
      deadline,
    );
  }

  async void(paymentId: string, providerId: string, deadline: Deadline): Promise<ProviderOutcome> {
    return this.outcome(
      paymentId,
      (timeout) =>
        this.stripe.paymentIntents.cancel(providerId, {}, { timeout, idempotencyKey: providerKey(paymentId, 'void') }),
      deadline,
    );
  }

  async refund(
    { refundId, providerId, amountMinor, isRepeat }: RefundRequest,
    deadline: Deadline,
  ): Promise<RefundOutcome> {
    const asked = { payment_intent: providerId, amount: Number(amountMinor), metadata: { refund: refundId } };
    const listed = isRepeat
      ? await this.query(
          (timeout) => this.stripe.refunds.list({ payment_intent: providerId, limit: REFUNDS_LISTED_MAX }, { timeout }),
          deadline,
        )
      : NONE;
    if (!listed) return { kind: 'unknown' };
    try {
      const known = listed.data.find(({ metadata }) => metadata?.refund === refundId);
      return outcomeOfRefund(
        known ??
          (await this.calls.run(
            (timeout) =>
              this.stripe.refunds.create(asked, { timeout, idempotencyKey: providerKey(refundId, 'refund') }),
            classifyFailure,
            deadline,
          )),
      );
    } catch (error) {
      // That this attempt had no effect proves nothing about an earlier one.
      if (error instanceof ProviderCallError)
        return { kind: error.hadNoEffect && !isRepeat ? 'unavailable' : 'unknown' };
      if (error instanceof Stripe.errors.StripeError) return { kind: 'refused', reason: error.code ?? error.type };
      throw error;
    }
  }

  async find(paymentId: string, deadline: Deadline): Promise<ProviderState | undefined> {
    const found = await this.query(
      (timeout) =>
        this.stripe.paymentIntents.search({ query: `metadata['payment']:'${paymentId}'`, limit: 10 }, { timeout }),
      deadline,
    );
    return found && mostAdvancedState(found.data);
  }

  async charges(query: ChargeQuery, after: string | undefined, deadline: Deadline): Promise<ChargePage | undefined> {
    const page = await this.query((timeout) => this.chargePage(query, after, timeout), deadline);
    return (
      page && { charges: page.data.flatMap(chargeRecordOf), next: page.has_more ? page.data.at(-1)?.id : undefined }
    );
  }

  private chargePage(
    query: ChargeQuery,
    after: string | undefined,
    timeout: number,
  ): Promise<{ data: Stripe.PaymentIntent[]; has_more: boolean }> {
    const expand = ['data.latest_charge'];
    if ('paymentId' in query)
      return this.stripe.paymentIntents.search(
        { query: `metadata['payment']:'${query.paymentId}'`, limit: 10, expand },
        { timeout },
      );
    const created = { gte: Math.floor(query.from.getTime() / 1_000), lt: Math.floor(query.to.getTime() / 1_000) };
    return this.stripe.paymentIntents.list(
      { created, limit: CHARGES_PER_PAGE, expand, ...(after === undefined ? {} : { starting_after: after }) },
      { timeout },
    );
  }

  /**
   * Reads the provider's record.
   * @returns undefined without an answer, and for a refused query, which proves nothing about the money
   */
  private async query<T>(read: (timeoutMs: number) => Promise<T>, deadline: Deadline): Promise<T | undefined> {
    try {
      return await this.calls.run(read, classifyFailure, deadline);
    } catch (error) {
      if (!(error instanceof ProviderCallError) && !(error instanceof Stripe.errors.StripeError)) throw error;
      logger.warn({ error }, 'The record of the payment provider could not be read.');
      return undefined;
    }
  }

  private async outcome(
    paymentId: string,
    call: (timeoutMs: number) => Promise<Stripe.PaymentIntent>,
    deadline: Deadline,
  ): Promise<ProviderOutcome> {
    try {
      return outcomeOfIntent(await this.calls.run(call, classifyFailure, deadline));
    } catch (error) {
      if (error instanceof ProviderCallError) return this.outcomeOfFailure(paymentId, error, deadline);
      if (!(error instanceof Stripe.errors.StripeError)) throw error;
      return outcomeOfRefusal(error);
    }
  }

  /**
   * The outcome of a call that failed. Not sent: known to have had no effect. An error response: the provider's record
   * decides. No response: unknown, because the call may still arrive after the record was read.
   */
  private async outcomeOfFailure(
    paymentId: string,
    error: ProviderCallError,
    deadline: Deadline,
  ): Promise<ProviderOutcome> {
    logger.warn({ paymentId, error }, 'A call to the payment provider failed.');
    if (error.hadNoEffect) return { kind: 'unavailable' };
    if (error.hasNoResponse) return { kind: 'unknown' };
    const known = await this.find(paymentId, deadline);
    if (known === undefined) return { kind: 'unknown' };
    return known.kind === 'none' ? { kind: 'unavailable' } : known;
  }
}
