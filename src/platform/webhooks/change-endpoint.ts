import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { Idempotency } from '../idempotency/index.js';
import type { WebhookEndpoint, WebhookEndpointWithSecret } from './domain/webhook.js';
import { Endpoints } from './persistence/endpoints.js';
import { Secrets } from './persistence/secrets.js';
import { noSuchEndpoint } from './webhooks.problems.js';

/** Long enough for a subscriber to deploy the new secret everywhere. */
const SECRET_OVERLAP_HOURS = 24;

/** Changes of an endpoint by its owner. Each throws Problem `not_found` for an endpoint of another account. */
@Injectable()
export class ChangeEndpoint {
  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly endpoints: Endpoints,
    private readonly secrets: Secrets,
    private readonly idempotency: Idempotency,
  ) {}

  async remove(accountId: string, id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      if (!(await this.endpoints.remove(tx, accountId, id))) throw noSuchEndpoint();
      await this.idempotency.answer(tx, undefined);
    });
  }

  /** A second rotation within the overlap ends the oldest secret at once: two sign, never three. */
  async rotateSecret(accountId: string, id: string): Promise<WebhookEndpointWithSecret> {
    const secret = this.secrets.create();
    return this.database.transaction(async (tx) => {
      const endpoint = await this.endpoints.rotate(tx, { accountId, id }, secret.sealed, SECRET_OVERLAP_HOURS);
      if (!endpoint) throw noSuchEndpoint();
      const rotated = { endpoint, secret: secret.plain };
      await this.idempotency.answer(tx, rotated);
      return rotated;
    });
  }

  async enable(accountId: string, id: string): Promise<WebhookEndpoint> {
    return this.database.transaction(async (tx) => {
      const endpoint = await this.endpoints.enable(tx, accountId, id);
      if (!endpoint) throw noSuchEndpoint();
      await this.idempotency.answer(tx, endpoint);
      return endpoint;
    });
  }
}
