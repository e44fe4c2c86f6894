import { Injectable } from '@nestjs/common';
import { InjectConfig, type Config } from '../../platform/config/index.js';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { toWebhookEndpointWithSecretDto, type WebhookEndpointWithSecretDto } from './http/webhook-endpoint.dto.js';
import { policyOf } from './partners/judge-address.js';
import { judgeTarget } from './partners/judge-target.js';
import type { PartnerEventType } from './partners/partner-events.js';
import { checkedAddresses, TargetRefusedError } from './partners/resolve-host.js';
import { PaymentProblems } from './payments.problems.js';
import { WebhookEndpoints } from './persistence/webhook-endpoints.js';
import { WebhookSecrets } from './persistence/webhook-secrets.js';

const ENDPOINTS_PER_ACCOUNT_MAX = 20;

/** Takes a partner's URL in, unless it leads where nothing may be sent. */
@Injectable()
export class RegisterWebhookEndpoint {
  constructor(
    @InjectConfig() private readonly config: Config,
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly endpoints: WebhookEndpoints,
    private readonly secrets: WebhookSecrets,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws Problem `webhook_target_refused`, `too_many_webhook_endpoints` */
  async execute(
    accountId: string,
    url: string,
    events: readonly PartnerEventType[],
  ): Promise<WebhookEndpointWithSecretDto> {
    await this.refuseBadTarget(url);
    const secret = this.secrets.create();
    return this.database.transaction(async (tx) => {
      const id = this.idempotency.workId();
      const endpoint = await this.endpoints.add(
        tx,
        { id, accountId, url, events, secretSealed: secret.sealed },
        ENDPOINTS_PER_ACCOUNT_MAX,
      );
      if (!endpoint)
        throw PaymentProblems.too_many_webhook_endpoints(`An account has at most ${ENDPOINTS_PER_ACCOUNT_MAX}.`);
      const body = toWebhookEndpointWithSecretDto(endpoint, secret.plain);
      await this.idempotency.answer(tx, { status: 201, body, headers: { location: `/v1/webhook-endpoints/${id}` } });
      return body;
    });
  }

  /** A name that has no address yet passes: it is judged again before each call. */
  private async refuseBadTarget(url: string): Promise<void> {
    const policy = policyOf(this.config.environment);
    const verdict = judgeTarget(url, policy);
    if ('refusal' in verdict) throw PaymentProblems.webhook_target_refused(verdict.refusal);
    await checkedAddresses(verdict.target, policy).catch((error: unknown) => {
      throw error instanceof TargetRefusedError ? PaymentProblems.webhook_target_refused(error.message) : error;
    });
  }
}
