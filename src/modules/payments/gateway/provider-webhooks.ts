import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { InjectConfig, type Config } from '../../../platform/config/index.js';
import { HttpProblems } from '../../../platform/problems/index.js';
import { subjectOf, type ProviderEvent } from '../domain/provider-event.js';
import { PaymentProblems } from '../payments.problems.js';

/** An older signature is a replay. */
const TOLERANCE_SECONDS = 300;
const EVENT_ID = /^[\x21-\x7e]{1,255}$/;

interface SignedObject {
  readonly metadata?: Readonly<Record<string, string>> | null;
}

/** Reads the provider's events, once their signature is valid under one of the current secrets. */
@Injectable()
export class ProviderWebhooks {
  private readonly secrets: readonly string[];
  private readonly stripe: Stripe;

  constructor(@InjectConfig() config: Config) {
    this.secrets = config.payments.webhookSecrets;
    this.stripe = new Stripe(config.payments.providerKey, { telemetry: false });
  }

  /**
   * @param body the bytes as they came: the signature is over them
   * @throws Problem `webhook_signature_invalid`, or `validation_failed` for signed bytes that are no event
   */
  read(body: Buffer, signature: string): ProviderEvent {
    const event = this.verified(body, signature);
    const { id, type, data } = event as { id?: unknown; type?: unknown; data?: { object?: SignedObject } };
    if (typeof id !== 'string' || !EVENT_ID.test(id) || typeof type !== 'string')
      throw HttpProblems.validation_failed('The body is no event.', {
        errors: [{ pointer: '/id', message: 'must name the event' }],
      });
    return { id, type: type.slice(0, 255), subject: subjectOf(type, data?.object?.metadata) };
  }

  /** During a rotation two secrets are valid. */
  private verified(body: Buffer, signature: string): object {
    for (const secret of this.secrets) {
      try {
        return this.stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_SECONDS);
      } catch (error) {
        if (error instanceof SyntaxError) throw HttpProblems.malformed_json('The body is not well-formed JSON.');
        if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
      }
    }
    throw PaymentProblems.webhook_signature_invalid('The signature does not fit the body, or is too old.');
  }
}
