import { Injectable } from '@nestjs/common';
import { ProviderWebhooks } from './gateway/provider-webhooks.js';
import { ProviderEvents } from './persistence/provider-events.js';
import { paymentsMetrics } from './metrics/payments.metrics.js';

/**
 * Receives an event of the provider's. An event moves no money and ends nothing: it brings the next attempt at its
 * payment forward, so that order, repetition and a race with our own call do not matter (ADR 029).
 */
@Injectable()
export class ReceiveProviderEvent {
  constructor(
    private readonly webhooks: ProviderWebhooks,
    private readonly events: ProviderEvents,
  ) {}

  /** @throws Problem `webhook_signature_invalid`, `malformed_json`, `validation_failed` */
  async execute(body: Buffer, signature: string): Promise<void> {
    const isNew = await this.events.receive(this.webhooks.read(body, signature));
    paymentsMetrics.providerEvents.inc({ outcome: isNew ? 'accepted' : 'duplicate' });
  }
}
