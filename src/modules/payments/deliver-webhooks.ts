import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../../platform/background/index.js';
import { InjectConfig, type Config } from '../../platform/config/index.js';
import { logger } from '../../platform/observability/index.js';
import { pauseAfter, readRetryAfter } from './domain/webhook-schedule.js';
import { signedHeaders } from './domain/webhook-signature.js';
import { explainFailure } from './partners/explain-failure.js';
import { policyOf } from './partners/judge-address.js';
import { postToTarget } from './partners/post-to-target.js';
import { WebhookSending, type DueDelivery, type FailedAttempt } from './persistence/webhook-sending.js';
import { webhookMetrics } from './webhook.metrics.js';

const RUN_INTERVAL_MS = 500;
/** For resolving, connecting, sending and the answer together. */
const TIMEOUT_MS = 10_000;
/** Longer than an attempt can take, so that nobody sends the same in the meantime. */
const LEASE_SECONDS = 30;
const UNDER_WAY_MAX = 64;
/** The others' half: partners that hang, however many, leave it to those that answer. */
const FAILING_UNDER_WAY_MAX = 32;
const PER_ENDPOINT_MAX = 8;
/** An endpoint that failed last is tried with one delivery at a time. */
const PER_FAILING_ENDPOINT_MAX = 1;
const DISABLING = { failuresMin: 20, failingHoursMin: 72 };
const GONE = 410;

/** Sends partners what is due, with bounds for all together and for each: leases let any number of workers do it. */
@Injectable()
@RunsInWorker()
export class DeliverWebhooks implements BackgroundTask {
  private timer: NodeJS.Timeout | undefined;
  private claiming: Promise<void> | undefined;
  private isStopping = false;
  private readonly underWay = new Map<Promise<void>, { endpointId: string; failing: boolean }>();

  constructor(
    @InjectConfig() private readonly config: Config,
    private readonly sending: WebhookSending,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.run(), RUN_INTERVAL_MS);
  }

  /** Waits for what is under way; each attempt has a time-out. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.claiming;
    await Promise.all(this.underWay.keys());
  }

  private run(): void {
    if (this.isStopping) return;
    this.claiming ??= this.claimDue()
      .catch((error: unknown) =>
        logger.error({ error }, 'Webhooks that are due could not be looked at; the next beat tries again.'),
      )
      .finally(() => {
        this.claiming = undefined;
      });
  }

  private async claimDue(): Promise<void> {
    await this.claim(false, UNDER_WAY_MAX, PER_ENDPOINT_MAX);
    const failing = [...this.underWay.values()].filter((one) => one.failing).length;
    await this.claim(true, FAILING_UNDER_WAY_MAX - failing, PER_FAILING_ENDPOINT_MAX);
  }

  private async claim(failing: boolean, roomMax: number, perEndpointMax: number): Promise<void> {
    const batchMax = Math.min(roomMax, UNDER_WAY_MAX - this.underWay.size);
    if (batchMax <= 0 || this.isStopping) return;
    const due = await this.sending.claim({
      failing,
      batchMax,
      perEndpointMax,
      underWay: this.underWayPerEndpoint(),
      leaseSeconds: LEASE_SECONDS,
    });
    for (const delivery of due) this.begin(delivery, failing);
  }

  private begin(delivery: DueDelivery, failing: boolean): void {
    const attempt = this.attempt(delivery)
      .catch((error: unknown) =>
        logger.error(
          { error, deliveryId: delivery.id },
          'What became of a webhook could not be recorded; its lease brings it back.',
        ),
      )
      .finally(() => {
        this.underWay.delete(attempt);
        // Room for the next one: a partner that answers fast is not held up by the beat.
        this.run();
      });
    this.underWay.set(attempt, { endpointId: delivery.endpointId, failing });
  }

  private underWayPerEndpoint(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { endpointId } of this.underWay.values()) counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1);
    return counts;
  }

  private async attempt(delivery: DueDelivery): Promise<void> {
    const failure = await this.send(delivery);
    if (!failure) {
      webhookMetrics.deliveries.inc({ outcome: 'delivered' });
      return;
    }
    webhookMetrics.deliveries.inc({ outcome: failure.pauseMs === undefined ? 'dead' : 'failed' });
    const isDisabled = await this.sending.recordFailure(delivery, failure, DISABLING);
    if (isDisabled)
      logger.warn(
        { endpointId: delivery.endpointId, isGone: failure.isGone },
        'A webhook endpoint was disabled; its partner can enable it again.',
      );
  }

  /** @returns undefined when it was delivered, and that is recorded */
  private async send(delivery: DueDelivery): Promise<FailedAttempt | undefined> {
    const { url, body, secrets, eventId, attempts } = delivery;
    const policy = policyOf(this.config.environment);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Bulwark-Webhooks/1',
      ...signedHeaders(secrets, eventId, new Date(), body),
    };
    const outcome = await postToTarget({ url, headers, body, policy, timeoutMs: TIMEOUT_MS }).catch(
      (error: unknown) => ({ error: explainFailure(error) }),
    );
    if ('error' in outcome)
      return {
        statusCode: null,
        error: outcome.error,
        pauseMs: pauseAfter(attempts, undefined, Math.random()),
        isGone: false,
      };
    const { statusCode, retryAfter } = outcome;
    if (statusCode >= 200 && statusCode < 300) {
      await this.sending.recordSuccess(delivery, statusCode);
      return undefined;
    }
    const isGone = statusCode === GONE;
    const pauseMs = isGone ? undefined : pauseAfter(attempts, readRetryAfter(retryAfter, new Date()), Math.random());
    return { statusCode, error: explainStatus(statusCode), pauseMs, isGone };
  }
}

function explainStatus(statusCode: number): string {
  if (statusCode === GONE) return 'It answered 410: gone. The endpoint is disabled.';
  if (statusCode >= 300 && statusCode < 400) return `It answered ${statusCode}: redirects are not followed.`;
  return `It answered ${statusCode}.`;
}
