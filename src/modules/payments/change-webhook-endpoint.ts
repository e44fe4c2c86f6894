import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import {
  toWebhookEndpointDto,
  toWebhookEndpointWithSecretDto,
  type WebhookEndpointDto,
  type WebhookEndpointWithSecretDto,
} from './http/webhook-endpoint.dto.js';
import { noSuchEndpoint } from './payments.problems.js';
import { WebhookEndpoints } from './persistence/webhook-endpoints.js';
import { WebhookSecrets } from './persistence/webhook-secrets.js';

/** Long enough for a partner to deploy the new secret everywhere. */
const SECRET_OVERLAP_HOURS = 24;

/** What partners do to an endpoint of theirs. Each throws Problem `not_found` when it is not theirs. */
@Injectable()
export class ChangeWebhookEndpoint {
  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly endpoints: WebhookEndpoints,
    private readonly secrets: WebhookSecrets,
    private readonly idempotency: Idempotency,
  ) {}

  async remove(accountId: string, id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      if (!(await this.endpoints.remove(tx, accountId, id))) throw noSuchEndpoint();
      await this.idempotency.answer(tx, { status: 204 });
    });
  }

  /** A second rotation within the overlap ends the oldest secret at once: two sign, never three. */
  async rotateSecret(accountId: string, id: string): Promise<WebhookEndpointWithSecretDto> {
    const secret = this.secrets.create();
    return this.database.transaction(async (tx) => {
      const endpoint = await this.endpoints.rotate(tx, accountId, id, secret.sealed, SECRET_OVERLAP_HOURS);
      if (!endpoint) throw noSuchEndpoint();
      const body = toWebhookEndpointWithSecretDto(endpoint, secret.plain);
      await this.idempotency.answer(tx, { status: 200, body });
      return body;
    });
  }

  async enable(accountId: string, id: string): Promise<WebhookEndpointDto> {
    return this.database.transaction(async (tx) => {
      const endpoint = await this.endpoints.enable(tx, accountId, id);
      if (!endpoint) throw noSuchEndpoint();
      const body = toWebhookEndpointDto(endpoint);
      await this.idempotency.answer(tx, { status: 200, body });
      return body;
    });
  }
}
