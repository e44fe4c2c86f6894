import { getSharedConfigToken } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import { UnrecoverableError, Worker, type Job, type QueueOptions } from 'bullmq';
import { resultOrLate, RunsInWorker, type BackgroundTask } from '../background/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { Failpoints } from '../failpoints/index.js';
import { logger, redactText, requestContext } from '../observability/index.js';
import { hasConsumed, insertInboxRow } from './delivery-state.js';
import { EventConsumers, type RegisteredConsumer } from './event-consumers.js';
import type { DomainEvent, QueuedEvent } from './event.js';
import type { OutboxPoint } from './outbox-failpoints.js';
import { QueueConnections } from './queue-connections.js';

const CONCURRENCY = 4;
/** A worker that was killed loses its jobs to the others after this. */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 10_000;
/** A job is not to blame for the deaths of its workers: a crash loop must not make dead letters of good events. */
const STALLED_MAX = 20;
/** What is held gets this long to finish when the process stops; the rest is delivered again. */
const CLOSE_TIMEOUT_MS = 10_000;
const FORCED_CLOSE_TIMEOUT_MS = 1_000;
/** Finished jobs are kept only to recognise an event that is offered again soon after. */
const COMPLETED_KEPT = { count: 1_000, age: 3_600 };

/** Runs a queue worker for each registered consumer. The effect commits with the inbox row, so it happens once. */
@RunsInWorker()
@Injectable()
export class ConsumerWorkers implements BackgroundTask {
  private workers: Worker<QueuedEvent, void>[] = [];

  constructor(
    @Inject(getSharedConfigToken()) private readonly shared: QueueOptions,
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly consumers: EventConsumers,
    private readonly connections: QueueConnections,
    private readonly failpoints: Failpoints,
  ) {}

  start(): void {
    this.workers = this.consumers.all().map((registered) => this.startWorker(registered));
  }

  async stop(): Promise<void> {
    const close = (force: boolean): Promise<unknown> =>
      Promise.allSettled(this.workers.map((worker) => worker.close(force)));
    if ((await resultOrLate(close(false), CLOSE_TIMEOUT_MS, 'late')) === 'late')
      await resultOrLate(close(true), FORCED_CLOSE_TIMEOUT_MS, 'late');
  }

  private startWorker(registered: RegisteredConsumer): Worker<QueuedEvent, void> {
    const { name, concurrency = CONCURRENCY } = registered.consumer;
    const worker = new Worker<QueuedEvent, void>(name, (job) => this.process(registered, job), {
      prefix: this.shared.prefix,
      connection: this.connections.consumer(),
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: STALLED_MAX,
      removeOnComplete: COMPLETED_KEPT,
    });
    worker.on('error', (error) => logger.debug({ error, queue: name }, 'A queue worker cannot reach its server.'));
    worker.on('failed', (job, error) => reportFailure(name, job, error));
    return worker;
  }

  private async process(registered: RegisteredConsumer, job: Job<QueuedEvent, void>): Promise<void> {
    const { requestId = job.data.id, traceId } = job.data.headers ?? {};
    try {
      await requestContext.run({ requestId, traceId }, () => this.consume(registered, toEvent(job.data)));
    } catch (error) {
      throw withoutSecrets(error);
    }
  }

  private async consume({ consumer, database }: RegisteredConsumer, event: DomainEvent): Promise<void> {
    if (consumer.deliver) {
      if (await hasConsumed(this.database.primary, consumer.name, event.id)) return;
      await consumer.deliver(event);
    }
    await database.transaction(async (tx) => {
      if (await insertInboxRow(tx, consumer.name, event.id)) await consumer.handle?.(event, tx);
    });
    this.failpoints.reach('event.consumed' satisfies OutboxPoint);
  }
}

/** @throws UnrecoverableError for a job that is no event */
function toEvent(data: QueuedEvent): DomainEvent {
  const { id, type, aggregateType, aggregateId, occurredAt, payload } = data;
  if (typeof id !== 'string' || typeof type !== 'string')
    throw new UnrecoverableError('The job is no event: it has no id or no type.');
  return { id, type, aggregateType, aggregateId, occurredAt: new Date(occurredAt), payload };
}

/** The queue keeps reason and stack of a failure in plain text. */
function withoutSecrets(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(redactText(String(error)));
  error.message = redactText(error.message);
  if (error.stack) error.stack = redactText(error.stack);
  return error;
}

function reportFailure(queue: string, job: Job<QueuedEvent, void> | undefined, error: Error): void {
  const attemptsMax = job?.opts.attempts ?? 1;
  const dead = job === undefined || job.attemptsMade >= attemptsMax || error instanceof UnrecoverableError;
  const facts = { queue, eventId: job?.data.id, eventType: job?.name, attempt: job?.attemptsMade, attemptsMax, error };
  if (dead) logger.error(facts, 'An event became a dead letter; see `npm run dead-letters`.');
  else logger.warn(facts, 'A consumer failed; its event is tried again.');
}
