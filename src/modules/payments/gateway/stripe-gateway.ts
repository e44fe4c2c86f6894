import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { InjectConfig, type Config } from '../../../platform/config/index.js';
import { HealthChecks, logger } from '../../../platform/observability/index.js';
import { providerKey, type ProviderOutcome, type ProviderState } from '../domain/payment.js';
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
import { ProviderCallError, ProviderCalls, type CallFailure } from './provider-calls.js';

const HEALTH_TIMEOUT_MS = 900;
/** The newest come first; what is in doubt is among them. */
const REFUNDS_LOOKED_AT_MAX = 100;
const CHARGES_PER_PAGE = 100;
const NONE: { readonly data: Stripe.Refund[] } = { data: [] };
const MANUAL_CAPTURE = { capture_method: 'manual', confirm: true } as const;

/** The provider by its official SDK; the sandbox speaks the same API. Its own retries are off: ours know the breaker. */
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
    // Any answer will do: the question is whether somebody is there. The catalog lives without it.
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
    const made = isRepeat
      ? await this.ask(
          (timeout) =>
            this.stripe.refunds.list({ payment_intent: providerId, limit: REFUNDS_LOOKED_AT_MAX }, { timeout }),
          deadline,
        )
      : NONE;
    if (!made) return { kind: 'unknown' };
    try {
      const known = made.data.find(({ metadata }) => metadata?.refund === refundId);
      return refundOutcomeOf(
        known ??
          (await this.calls.run(
            (timeout) =>
              this.stripe.refunds.create(asked, { timeout, idempotencyKey: providerKey(refundId, 'refund') }),
            classify,
            deadline,
          )),
      );
    } catch (error) {
      // What did nothing now is no proof of an earlier attempt.
      if (error instanceof ProviderCallError)
        return { kind: error.wasNeverSent && !isRepeat ? 'unavailable' : 'unknown' };
      if (error instanceof Stripe.errors.StripeError) return { kind: 'refused', reason: error.code ?? error.type };
      throw error;
    }
  }

  async find(paymentId: string, deadline: Deadline): Promise<ProviderState | undefined> {
    const found = await this.ask(
      (timeout) =>
        this.stripe.paymentIntents.search({ query: `metadata['payment']:'${paymentId}'`, limit: 10 }, { timeout }),
      deadline,
    );
    return found && mostAdvanced(found.data.map(stateOf));
  }

  async charges(query: ChargeQuery, after: string | undefined, deadline: Deadline): Promise<ChargePage | undefined> {
    const page = await this.ask((timeout) => this.chargePage(query, after, timeout), deadline);
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

  /** Asks what the provider knows. @returns undefined when there is no answer: a refused question says nothing about the money either */
  private async ask<T>(question: (timeoutMs: number) => Promise<T>, deadline: Deadline): Promise<T | undefined> {
    try {
      return await this.calls.run(question, classify, deadline);
    } catch (error) {
      if (!(error instanceof ProviderCallError) && !(error instanceof Stripe.errors.StripeError)) throw error;
      logger.warn({ error }, 'The payment provider does not tell what it knows.');
      return undefined;
    }
  }

  private async outcome(
    paymentId: string,
    call: (timeoutMs: number) => Promise<Stripe.PaymentIntent>,
    deadline: Deadline,
  ): Promise<ProviderOutcome> {
    try {
      return stateOf(await this.calls.run(call, classify, deadline));
    } catch (error) {
      if (error instanceof ProviderCallError) return this.outcomeOfFailure(paymentId, error, deadline);
      if (!(error instanceof Stripe.errors.StripeError)) throw error;
      return stateOfRefusal(error);
    }
  }

  /** A provider that answered "failed" can say whether something happened all the same; one that was silent cannot be believed yet. */
  private async outcomeOfFailure(
    paymentId: string,
    error: ProviderCallError,
    deadline: Deadline,
  ): Promise<ProviderOutcome> {
    logger.warn({ paymentId, error }, 'The payment provider could not be asked.');
    if (error.wasNeverSent) return { kind: 'unavailable' };
    if (error.isSilent) return { kind: 'unknown' };
    const known = await this.find(paymentId, deadline);
    if (known === undefined) return { kind: 'unknown' };
    return known.kind === 'none' ? { kind: 'unavailable' } : known;
  }
}

const BLOCKED: ReadonlySet<string> = new Set(['requires_action', 'requires_confirmation']);

type IntentState = Exclude<ProviderState, { kind: 'none' }> | { readonly kind: 'unknown' };

function stateOf(intent: { id: string; status: string }): IntentState {
  if (intent.status === 'succeeded') return { kind: 'captured', providerId: intent.id };
  if (intent.status === 'requires_capture') return { kind: 'authorized', providerId: intent.id };
  if (intent.status === 'canceled') return { kind: 'voided', reason: 'canceled' };
  // The provider has not decided: the money may still be taken, so this is no decline.
  if (intent.status === 'processing') return { kind: 'unknown' };
  // It waits for a second factor or a confirmation, which we do not offer; left alone it could still be taken.
  if (BLOCKED.has(intent.status))
    return {
      kind: 'blocked',
      providerId: intent.id,
      reason: intent.status === 'requires_action' ? 'authentication_required' : intent.status,
    };
  return { kind: 'declined', reason: intent.status };
}

/** @returns undefined while the provider cannot tell */
function mostAdvanced(states: readonly IntentState[]): ProviderState | undefined {
  const taken =
    states.find(({ kind }) => kind === 'captured') ??
    states.find(({ kind }) => kind === 'authorized') ??
    states.find(({ kind }) => kind === 'blocked') ??
    states.find(({ kind }) => kind === 'unknown');
  const state = taken ?? states[0] ?? { kind: 'none' };
  return state.kind === 'unknown' ? undefined : state;
}

/** A refusal is an answer: a decline, or an intent that is already further than we thought. */
function stateOfRefusal(error: InstanceType<typeof Stripe.errors.StripeError>): ProviderOutcome {
  const intent = error.payment_intent as { id: string; status: string } | undefined;
  if (error.code === 'payment_intent_unexpected_state' && intent) return stateOf(intent);
  return { kind: 'declined', reason: error.decline_code ?? error.code ?? error.type };
}

function refundOutcomeOf({ status }: { status: string | null }): RefundOutcome {
  // Made, but the bank has not said yet: an event or a later look brings the end.
  if (status === 'pending' || status === 'requires_action') return { kind: 'unknown' };
  return status === 'failed' || status === 'canceled' ? { kind: 'refused', reason: status } : { kind: 'refunded' };
}

/** Turned away before anything was looked at: a wrong key, a forbidden call, too many calls. */
const TURNED_AWAY: ReadonlySet<number> = new Set([401, 403, 429]);

function classify(error: unknown): CallFailure | undefined {
  if (error instanceof Stripe.errors.StripeConnectionError) return isRefused(error) ? 'not-sent' : 'silent';
  if (!(error instanceof Stripe.errors.StripeError)) return undefined;
  const statusCode = error.statusCode ?? 0;
  if (TURNED_AWAY.has(statusCode)) return 'not-sent';
  return statusCode === 409 || statusCode >= 500 ? 'answered' : undefined;
}

function isRefused(error: { detail?: unknown; cause?: unknown; message: string }): boolean {
  const codes = [error.detail, error.cause].map((inner) => (inner as { code?: unknown } | undefined)?.code);
  return (
    codes.some((code) => code === 'ECONNREFUSED' || code === 'ENOTFOUND') ||
    /ECONNREFUSED|ENOTFOUND/.test(error.message)
  );
}
