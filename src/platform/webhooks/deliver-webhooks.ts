import { Injectable } from '@nestjs/common';
import { RepeatingTask, RunsInWorker, type BackgroundTask } from '../background/index.js';
import { logger } from '../observability/index.js';
import { AttemptDelivery } from './attempt-delivery.js';
import { DueDeliveries, type DueDelivery } from './persistence/due-deliveries.js';

const RUN_INTERVAL_MS = 500;
/** Two claims; the attempts go on beside the runs, and each has a time-out. */
const DEADLINE_MS = 10_000;
/** Longer than an attempt can take, so that no other worker sends the same delivery in the meantime. */
const LEASE_SECONDS = 30;
const SLOTS_MAX = 64;
/** Endpoints that fail, however many, leave the other half to those that answer. */
const FAILING_SLOTS_MAX = 32;
const PER_ENDPOINT_MAX = 8;
/** An endpoint whose last delivery failed is attempted with one delivery at a time. */
const PER_FAILING_ENDPOINT_MAX = 1;

/**
 * Sends what is due. Slots bound the attempts of this process and of each endpoint; leases in the database let any
 * number of workers send (ADR 020).
 */
@Injectable()
@RunsInWorker()
export class DeliverWebhooks implements BackgroundTask {
  private readonly task = new RepeatingTask({
    everyMs: RUN_INTERVAL_MS,
    deadlineMs: DEADLINE_MS,
    run: (signal) => this.claimDue(signal),
    onFailure: (error) => logger.error({ error }, 'Due webhooks could not be claimed; the next run retries.'),
  });
  private readonly inFlight = new Map<Promise<void>, { endpointId: string; failing: boolean }>();

  constructor(
    private readonly due: DueDeliveries,
    private readonly attemptDelivery: AttemptDelivery,
  ) {}

  start(): void {
    void this.task.start();
  }

  /** Waits for the attempts in flight; each has a timeout. */
  async stop(): Promise<void> {
    await this.task.stop();
    await Promise.all(this.inFlight.keys());
  }

  private async claimDue(signal: AbortSignal): Promise<void> {
    await this.claim(false, SLOTS_MAX, PER_ENDPOINT_MAX);
    if (signal.aborted) return;
    const failing = [...this.inFlight.values()].filter((attempt) => attempt.failing).length;
    await this.claim(true, FAILING_SLOTS_MAX - failing, PER_FAILING_ENDPOINT_MAX);
  }

  private async claim(failing: boolean, slots: number, perEndpointMax: number): Promise<void> {
    const batchMax = Math.min(slots, SLOTS_MAX - this.inFlight.size);
    if (batchMax <= 0) return;
    const claimed = await this.due.claim({
      failing,
      batchMax,
      perEndpointMax,
      inFlight: this.inFlightPerEndpoint(),
      leaseSeconds: LEASE_SECONDS,
    });
    for (const delivery of claimed) this.begin(delivery, failing);
  }

  private begin(delivery: DueDelivery, failing: boolean): void {
    const attempt = this.attemptDelivery
      .execute(delivery)
      .catch((error: unknown) =>
        logger.error(
          { error, deliveryId: delivery.id },
          'The outcome of a webhook could not be recorded; it is sent again when its lease ends.',
        ),
      )
      .finally(() => {
        this.inFlight.delete(attempt);
        // A slot is free: an endpoint that answers fast does not wait for the interval.
        this.task.runSooner();
      });
    this.inFlight.set(attempt, { endpointId: delivery.endpointId, failing });
  }

  private inFlightPerEndpoint(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { endpointId } of this.inFlight.values()) counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1);
    return counts;
  }
}
