import { Injectable } from '@nestjs/common';
import { InjectConfig, type Config } from '../config/index.js';
import { logger } from '../observability/index.js';
import { pauseAfter, readRetryAfter } from './domain/retry-schedule.js';
import { signedHeaders } from './domain/signature.js';
import { DueDeliveries, type DueDelivery, type FailedAttempt } from './persistence/due-deliveries.js';
import { policyOf } from './target/evaluate-address.js';
import { explainFailure, explainStatus } from './target/explain-failure.js';
import { postToTarget, type TargetAnswer } from './target/post-to-target.js';
import { webhookMetrics } from './webhooks.metrics.js';

/** For resolving, connecting, sending and the answer together. */
const TIMEOUT_MS = 10_000;
const DISABLING = { failuresMin: 20, failingHoursMin: 72 };
const GONE = 410;

/** Sends one delivery once and records the outcome. */
@Injectable()
export class AttemptDelivery {
  constructor(
    @InjectConfig() private readonly config: Config,
    private readonly due: DueDeliveries,
  ) {}

  async execute(delivery: DueDelivery): Promise<void> {
    const outcome = await this.send(delivery).catch((error: unknown) => explainFailure(error));
    if (typeof outcome === 'string')
      await this.recordFailure(delivery, {
        statusCode: null,
        error: outcome,
        pauseMs: pauseAfter(delivery.attempts, undefined, Math.random()),
        isGone: false,
      });
    else if (isSuccess(outcome)) await this.recordSuccess(delivery, outcome);
    else await this.recordFailure(delivery, toFailure(delivery, outcome));
  }

  private async send({ url, body, secrets, eventId }: DueDelivery): Promise<TargetAnswer> {
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Bulwark-Webhooks/1',
      ...signedHeaders(secrets, eventId, new Date(), body),
    };
    return postToTarget({ url, headers, body, policy: policyOf(this.config.environment), timeoutMs: TIMEOUT_MS });
  }

  private async recordSuccess(delivery: DueDelivery, { statusCode }: TargetAnswer): Promise<void> {
    await this.due.recordSuccess(delivery, statusCode);
    webhookMetrics.deliveries.inc({ outcome: 'delivered' });
  }

  private async recordFailure(delivery: DueDelivery, failure: FailedAttempt): Promise<void> {
    webhookMetrics.deliveries.inc({ outcome: failure.pauseMs === undefined ? 'dead' : 'failed' });
    const isDisabled = await this.due.recordFailure(delivery, failure, DISABLING);
    if (isDisabled)
      logger.warn(
        { endpointId: delivery.endpointId, isGone: failure.isGone },
        'A webhook endpoint was disabled; its owner can enable it again.',
      );
  }
}

const isSuccess = ({ statusCode }: TargetAnswer): boolean => statusCode >= 200 && statusCode < 300;

function toFailure({ attempts }: DueDelivery, { statusCode, retryAfter }: TargetAnswer): FailedAttempt {
  const isGone = statusCode === GONE;
  const pauseMs = isGone ? undefined : pauseAfter(attempts, readRetryAfter(retryAfter, new Date()), Math.random());
  return { statusCode, error: explainStatus(statusCode), pauseMs, isGone };
}
