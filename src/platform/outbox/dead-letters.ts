import { Injectable } from '@nestjs/common';
import type { Job } from 'bullmq';
import { EventConsumers } from './event-consumers.js';
import { EventQueues } from './event-queues.js';
import type { QueuedEvent } from './event.js';
import { QueueConnections } from './queue-connections.js';

/** An event whose consumer has used up its attempts. */
export interface DeadLetter {
  readonly consumer: string;
  /** Names the letter in its queue; the event's id unless it was put there by hand. */
  readonly jobId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly attempts: number;
  readonly failedAt: Date | undefined;
  readonly reason: string;
  readonly stack: string;
}

const REPLAY_BATCH_MAX = 500;

/** Shows and replays what consumers gave up on. Every call fails when the queue server is not there within seconds. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly consumers: EventConsumers,
    private readonly queues: EventQueues,
    private readonly connections: QueueConnections,
  ) {}

  /** The newest dead letters of each consumer, at most `perConsumerMax` of each. */
  async list(perConsumerMax: number): Promise<DeadLetter[]> {
    await this.connections.waitUntilReady();
    const lists = await Promise.all(
      this.names().map(async (name) => {
        const jobs = await this.queues.of(name).getFailed(0, perConsumerMax - 1);
        return jobs.filter(Boolean).map((job) => toDeadLetter(name, job));
      }),
    );
    return lists.flat();
  }

  /**
   * Sends one dead letter through its consumer again, with fresh attempts.
   * @returns false when there is no such letter
   */
  async replay(consumer: string, jobId: string): Promise<boolean> {
    await this.connections.waitUntilReady();
    if (!this.names().includes(consumer)) return false;
    const job = await this.queues.of(consumer).getJob(jobId);
    if (!job || !(await job.isFailed())) return false;
    try {
      await retry(job);
    } catch (error) {
      // Another request replayed it between the two steps.
      if (await job.isFailed()) throw error;
      return false;
    }
    return true;
  }

  /** How many there are of each consumer. */
  async count(): Promise<ReadonlyMap<string, number>> {
    await this.connections.waitUntilReady();
    const counts = await Promise.all(
      this.names().map(async (name) => [name, await this.queues.of(name).getFailedCount()] as const),
    );
    return new Map(counts);
  }

  /** Sends every dead letter of a consumer, or of all, through again. @returns how many */
  async replayAll(consumer?: string): Promise<number> {
    await this.connections.waitUntilReady();
    let replayed = 0;
    for (const name of this.names().filter((known) => consumer === undefined || known === consumer)) {
      const seen = new Set<string>();
      for (let jobs = await this.failedBut(name, seen); jobs.length > 0; jobs = await this.failedBut(name, seen)) {
        for (const job of jobs) seen.add(String(job.id));
        await Promise.all(jobs.map(retry));
        replayed += jobs.length;
      }
    }
    return replayed;
  }

  /** A letter that fails again while we work is not sent in circles. */
  private async failedBut(name: string, seen: ReadonlySet<string>): Promise<Job<QueuedEvent, void>[]> {
    const jobs = await this.queues.of(name).getFailed(0, REPLAY_BATCH_MAX - 1);
    return jobs.filter((job) => job && !seen.has(String(job.id)));
  }

  private names(): string[] {
    return this.consumers.all().map(({ consumer }) => consumer.name);
  }
}

const retry = (job: Job<QueuedEvent, void>): Promise<void> =>
  job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });

function toDeadLetter(consumer: string, job: Job<QueuedEvent, void>): DeadLetter {
  return {
    consumer,
    jobId: String(job.id),
    eventId: job.data.id,
    eventType: job.name,
    attempts: job.attemptsMade,
    failedAt: job.finishedOn === undefined ? undefined : new Date(job.finishedOn),
    reason: job.failedReason,
    stack: job.stacktrace?.at(-1) ?? '',
  };
}
