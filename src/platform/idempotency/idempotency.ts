import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { afterCommit, type Transaction } from '../database/index.js';
import { Problem } from '../problems/index.js';
import {
  UNDONE,
  answerForKey,
  completeWork,
  findRouteOfWork,
  markRecoveryPoint,
  storeAnswer,
} from './idempotency-keys.js';
import { RecoverableOperations } from './recoverable-operations.js';
import { LeaseLostError, currentReservation } from './reservation.js';
import { present, toStoredProblem, type StoredAnswer } from './stored-answer.js';

/** An answer on its way into the database within a statement of the caller's. */
export interface PreparedAnswer {
  /** JSON for `platform.store_answer`, but for the body; null when there is no key. */
  readonly key: string | null;
  readonly body: Buffer;
  /** To be called when the statement has committed. */
  readonly committed: () => void;
}

/** Work that a recovery ends with a refusal. */
export interface RefusedWork {
  readonly problem: Problem;
  /** The path of the request, as the problem names it. */
  readonly instance: string;
}

/** What a use case needs of its request's idempotency key; outside of an idempotent request every call is harmless. */
@Injectable()
export class Idempotency {
  constructor(private readonly recoverable: RecoverableOperations) {}

  /**
   * UUIDv7, the same over retries and takeovers of the key: use it as the id of what is created. Outside of a request,
   * a fresh one.
   */
  workId(): string {
    return currentReservation.getStore()?.workId ?? uuidv7();
  }

  /** Whether no earlier attempt can have left anything behind; false outside of a request. */
  isFirstAttempt(): boolean {
    return currentReservation.getStore()?.resumed === false;
  }

  /**
   * Stores what the route's presenter makes of the result, in the transaction of its effect: both commit or neither
   * does. Make it the last statement. Callers and replays get exactly these bytes, and what the handler returns is
   * ignored. A provisional answer (a payment that is still processing) is replayed until {@link complete} brings the
   * final one.
   * @throws LeaseLostError when another attempt took over; let it pass, so that the transaction rolls back
   */
  async answer(tx: Transaction, result: unknown): Promise<void> {
    const reservation = currentReservation.getStore();
    if (reservation) await this.store(tx, present(reservation.presenter, result));
  }

  /**
   * An answer for a function of the caller's own context that hands it to `platform.store_answer`, so that a whole
   * transaction is one statement. When the function says that the lease is lost, throw LeaseLostError; when it has
   * committed, call `committed`. Outside of an idempotent request there is no key.
   */
  prepare(result: unknown): PreparedAnswer {
    const reservation = currentReservation.getStore();
    if (!reservation) return { key: null, body: Buffer.alloc(0), committed: () => undefined };
    const stored = present(reservation.presenter, result);
    return {
      key: answerForKey(reservation, stored),
      body: stored.body,
      committed: () => {
        reservation.committed = stored;
      },
    };
  }

  /**
   * The same for a refusal that leaves a trace in the database, such as a recorded decline; throw the problem
   * afterwards.
   */
  async refuse(tx: Transaction, problem: Problem): Promise<void> {
    await this.store(tx, toStoredProblem(problem, currentReservation.getStore()?.instance ?? ''));
  }

  /**
   * Marks a committed phase in that phase's transaction, so that the next attempt continues after it.
   * From then on no refusal frees the key: its work has begun.
   * @throws LeaseLostError as {@link answer} does
   */
  async advance(tx: Transaction, recoveryPoint: string): Promise<void> {
    const reservation = currentReservation.getStore();
    if (reservation && !(await markRecoveryPoint(tx, reservation, recoveryPoint))) throw new LeaseLostError();
  }

  /**
   * Marks the work as undone, in the transaction that undoes it: the next attempt with the key begins anew, with a new
   * work id. Throw a refusal that frees keys (503) afterwards. Left to the refusal alone, a key that was taken over
   * before would keep the undone work.
   * @throws LeaseLostError as {@link answer} does
   */
  async undo(tx: Transaction): Promise<void> {
    await this.advance(tx, UNDONE);
  }

  /**
   * Ends work whose request is gone: stores its final answer in the transaction of the recovery. Takes the key away
   * from an attempt that may still run, which then can commit nothing more. A final answer is never replaced.
   * @param workId what {@link workId} returned to the request
   * @param outcome the result that the presenter registered for the route takes, or the problem that the request would
   *   have ended in
   * @returns false when the key has a final answer already, or is gone
   */
  async complete<Result>(tx: Transaction, workId: string, outcome: Result | RefusedWork): Promise<boolean> {
    if (isRefusedWork(outcome)) return completeWork(tx, workId, toStoredProblem(outcome.problem, outcome.instance));
    const route = await findRouteOfWork(tx, workId);
    if (route === undefined) return false;
    return completeWork(tx, workId, present(this.recoverable.presenterOf(route), outcome));
  }

  private async store(tx: Transaction, answer: StoredAnswer): Promise<void> {
    const reservation = currentReservation.getStore();
    if (!reservation) return;
    if (!(await storeAnswer(tx, reservation, answer))) throw new LeaseLostError();
    afterCommit(tx, () => {
      reservation.committed = answer;
    });
  }
}

function isRefusedWork(outcome: unknown): outcome is RefusedWork {
  return typeof outcome === 'object' && outcome !== null && 'problem' in outcome && outcome.problem instanceof Problem;
}
