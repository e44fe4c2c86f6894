import { Injectable } from '@nestjs/common';
import { InjectConfig, type Config } from '../config/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { Idempotency } from '../idempotency/index.js';
import type { WebhookEndpointWithSecret } from './domain/webhook.js';
import { Endpoints } from './persistence/endpoints.js';
import { Secrets } from './persistence/secrets.js';
import { policyOf } from './target/evaluate-address.js';
import { evaluateTarget } from './target/evaluate-target.js';
import { resolveTarget, TargetRefusedError } from './target/resolve-host.js';
import { WebhookProblems } from './webhooks.problems.js';

const ENDPOINTS_PER_ACCOUNT_MAX = 20;

/** What a subscriber registers. */
export interface Registration {
  readonly url: string;
  readonly events: readonly string[];
}

/** Registers a URL, unless webhooks may not be sent there. */
@Injectable()
export class RegisterEndpoint {
  constructor(
    @InjectConfig() private readonly config: Config,
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly endpoints: Endpoints,
    private readonly secrets: Secrets,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws Problem `webhook_target_refused`, `too_many_webhook_endpoints` */
  async execute(accountId: string, { url, events }: Registration): Promise<WebhookEndpointWithSecret> {
    await this.refuseBadTarget(url);
    const secret = this.secrets.create();
    return this.database.transaction(async (tx) => {
      const added = { id: this.idempotency.workId(), accountId, url, events, secretSealed: secret.sealed };
      const endpoint = await this.endpoints.add(tx, added, ENDPOINTS_PER_ACCOUNT_MAX);
      if (!endpoint)
        throw WebhookProblems.too_many_webhook_endpoints(`An account has at most ${ENDPOINTS_PER_ACCOUNT_MAX}.`);
      const registered = { endpoint, secret: secret.plain };
      await this.idempotency.answer(tx, registered);
      return registered;
    });
  }

  /** A name without an address passes: it is evaluated again before each call. */
  private async refuseBadTarget(url: string): Promise<void> {
    const policy = policyOf(this.config.environment);
    const decision = evaluateTarget(url, policy);
    if ('refusal' in decision) throw WebhookProblems.webhook_target_refused(decision.refusal);
    await resolveTarget(decision.target, policy).catch((error: unknown) => {
      throw error instanceof TargetRefusedError ? WebhookProblems.webhook_target_refused(error.message) : error;
    });
  }
}
