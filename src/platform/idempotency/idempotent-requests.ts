import { setTimeout as sleep } from 'node:timers/promises';
import { HttpException, Injectable } from '@nestjs/common';
import { InjectConfig, type Config } from '../config/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { logger, metrics } from '../observability/index.js';
import { Problem, toProblem } from '../problems/index.js';
import { SharedExecutions } from './shared-executions.js';
import { endLease, releaseKey, reserve, storeAnswer, type AskedKey } from './idempotency-keys.js';
import { IdempotencyProblems } from './idempotency.problems.js';
import { LeaseLostError, currentReservation, type Reservation } from './reservation.js';
import { toStoredProblem, type StoredAnswer } from './stored-answer.js';
import { idempotencyMetrics } from './idempotency.metrics.js';

/** A duplicate waits this long for the first one's result. */
const WAIT_MAX_MS = 10_000;
/** More duplicates than this in one process are refused at once instead of waiting. */
const WAITERS_MAX = 1_000;
const RETRY_AFTER_SECONDS = 2;
/** Another process is asked at growing gaps, so that a slow payment costs some 15 reads and not 400. */
const POLL_FIRST_MS = 25;
const POLL_GAP_MAX_MS = 1_000;

/** Refusals that did no work do not use a key up. */
const RELEASING_STATUSES: ReadonlySet<number> = new Set([400, 401, 403, 429, 503]);

/** How a request got its answer; 'executed' and 'recovered' did the work. */
export interface Performed {
  readonly answer: StoredAnswer;
  readonly outcome: 'executed' | 'recovered' | 'replayed' | 'waited';
}

/** Does the work. @returns how to make what to send when it committed no answer itself */
export type Work = () => Promise<() => StoredAnswer>;

/** Runs idempotent requests: reserve before any work, replay, wait, take over (ADR 027). */
@Injectable()
export class IdempotentRequests {
  private readonly executions = new SharedExecutions(WAITERS_MAX);
  private readonly leaseMs: number;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('platform') private readonly database: ContextDatabase,
  ) {
    this.leaseMs = config.idempotency.leaseMs;
    metrics.protectionEnabled.set({ name: 'idempotency' }, 1);
  }

  /**
   * Does the work once for its key, however many requests ask.
   * @throws Problem `idempotency_key_reused`, `idempotency_in_progress`, and what the work throws without using the key
   *   up
   */
  async perform(asked: AskedKey, work: Work): Promise<Performed> {
    const deadline = performance.now() + WAIT_MAX_MS;
    // The fingerprint is part of the id: only the database may say whose key it is.
    const id = `${asked.scope}\n${asked.key}\n${asked.fingerprint.toString('base64')}`;
    while (this.executions.isRunning(id)) {
      const result = await this.executions.wait(id, deadline - performance.now());
      if (result === 'late') throw inProgress();
      if (result) return counted({ answer: result.answer, outcome: 'waited' });
    }
    return this.executions.lead(id, () => this.lead(asked, work, deadline));
  }

  private async lead(asked: AskedKey, work: Work, deadline: number): Promise<Performed> {
    for (let gapMs = POLL_FIRST_MS, waited = false; ; gapMs = Math.min(gapMs * 2, POLL_GAP_MAX_MS), waited = true) {
      const reserved = await reserve(this.database.primary, asked, this.leaseMs);
      if (reserved.kind === 'mismatch') throw reused();
      if (reserved.kind === 'finished')
        return counted({ answer: reserved.answer, outcome: waited ? 'waited' : 'replayed' });
      if (reserved.kind === 'reserved') {
        const answer = await this.attempt(reserved.reservation, work);
        if (answer) return { answer, outcome: reserved.reservation.resumed ? 'recovered' : 'executed' };
      }
      if (performance.now() + gapMs > deadline) throw inProgress();
      await sleep(gapMs * (1 - Math.random() / 4));
    }
  }

  /** @returns undefined when the lease was lost: another attempt does the work now */
  private async attempt(reservation: Reservation, work: Work): Promise<StoredAnswer | undefined> {
    idempotencyMetrics.requests.inc({ outcome: reservation.resumed ? 'recovered' : 'executed' });
    try {
      const answer = await currentReservation.run(reservation, work);
      return reservation.committed ?? (await this.store(reservation, answer()));
    } catch (error) {
      // A committed answer stands, whatever failed after it.
      if (reservation.committed) return reservation.committed;
      if (error instanceof LeaseLostError) return undefined;
      return this.refuse(reservation, error);
    }
  }

  /** For a handler that has not answered in its own transaction. */
  private async store(reservation: Reservation, answer: StoredAnswer): Promise<StoredAnswer | undefined> {
    try {
      return (await storeAnswer(this.database.primary, reservation, answer)) ? answer : undefined;
    } catch (error) {
      // The effect is committed and its caller gets the answer; a repetition meets the key's lease first.
      logger.error(
        { error, workId: reservation.workId },
        'The answer could not be stored; a retry of this request will do its work again.',
      );
      return answer;
    }
  }

  private async refuse(reservation: Reservation, error: unknown): Promise<StoredAnswer | undefined> {
    const problem = toProblem(error);
    // A fault that has the status of a refusal (a database that was busy half-way) must not free the key of its work.
    const isRefusal = error instanceof Problem || error instanceof HttpException;
    if (isRefusal && RELEASING_STATUSES.has(problem.status))
      await this.release(() => releaseKey(this.database.primary, reservation));
    else if (isRefusal && problem.status < 500) return this.storeProblem(reservation, problem);
    else await this.release(() => endLease(this.database.primary, reservation));
    throw error;
  }

  private async storeProblem(reservation: Reservation, problem: Problem): Promise<StoredAnswer | undefined> {
    logger[problem.definition.log](
      { problem: problem.code, status: problem.status },
      'The request ended in a problem; it is kept with its key.',
    );
    return this.store(reservation, toStoredProblem(problem, reservation.instance));
  }

  private async release(freeKey: () => Promise<void>): Promise<void> {
    try {
      await freeKey();
    } catch (error) {
      logger.warn({ error }, 'An idempotency key could not be released; it is free when its lease has run out.');
    }
  }
}

function counted(performed: Performed): Performed {
  idempotencyMetrics.requests.inc({ outcome: performed.outcome });
  return performed;
}

function inProgress(): Problem {
  idempotencyMetrics.requests.inc({ outcome: 'conflict' });
  return IdempotencyProblems.idempotency_in_progress('The first request with this key has not finished yet.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

function reused(): Problem {
  idempotencyMetrics.requests.inc({ outcome: 'mismatch' });
  return IdempotencyProblems.idempotency_key_reused('A request with this key had another address, query or body.');
}
