import { Injectable } from '@nestjs/common';
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  CircuitState,
  SamplingBreaker,
  bulkhead,
  circuitBreaker,
  handleWhen,
  wrap,
} from 'cockatiel';
import { setTimeout as wait } from 'node:timers/promises';
import { InjectConfig, type Config } from '../../../platform/config/index.js';
import { logger } from '../../../platform/observability/index.js';
import type { CallFailure } from './provider-outcomes.js';
import { RetryBudget } from './retry-budget.js';

/** Thrown when a call failed for good. */
export class ProviderCallError extends Error {
  override readonly name = 'ProviderCallError';

  constructor(
    readonly failures: readonly CallFailure[],
    cause: unknown,
  ) {
    super(`The call to the provider failed (${failures.join(', ')}).`, { cause });
  }

  /** Whether an attempt may have had its effect although no answer came. */
  get hasNoResponse(): boolean {
    return this.failures.includes('no-response');
  }

  /** Whether it is known that no attempt had an effect. */
  get hadNoEffect(): boolean {
    return this.failures.every((failure) => failure === 'no-effect');
  }
}

const ATTEMPTS_MAX = 3;
/** An attempt with less time than this would only end without a response. */
const TIMEOUT_MIN_MS = 250;
const FIRST_GAP_MS = 150;
const CALLS_MAX = 64;
const CALLS_WAITING_MAX = 256;
/** Opens when half of at least 20 calls in 10 s fail; tries again after 5 s. */
const BREAKER = { threshold: 0.5, duration: 10_000, minimumRps: 2 };
const HALF_OPEN_AFTER_MS = 5_000;

/**
 * The pause after the n-th attempt (from 1): each longer than the one before, to relieve a
 * provider in trouble, and spread, so that calls that failed together are not repeated together.
 * @param chance from 0 to 1
 */
export function gapAfterMs(attempts: number, chance: number): number {
  return FIRST_GAP_MS * 2 ** (attempts - 1) * (1 + chance / 2);
}

type Classify = (error: unknown) => CallFailure | undefined;

/** Bounds every call to the provider: a bulkhead, a breaker, and few retries with jitter within a budget for all. */
@Injectable()
export class ProviderCalls {
  private readonly breaker = circuitBreaker(
    handleWhen((error) => error instanceof ProviderCallError),
    { halfOpenAfter: HALF_OPEN_AFTER_MS, breaker: new SamplingBreaker(BREAKER) },
  );
  private readonly policy = wrap(bulkhead(CALLS_MAX, CALLS_WAITING_MAX), this.breaker);

  private readonly retries = new RetryBudget();
  private readonly timeoutMaxMs: number;
  private triesAgainAt = 0;

  constructor(@InjectConfig() config: Config) {
    this.timeoutMaxMs = config.payments.providerTimeoutMs;
    this.breaker.onBreak(() => {
      this.triesAgainAt = Date.now() + HALF_OPEN_AFTER_MS;
    });
    this.breaker.onStateChange((state) =>
      logger.warn({ breaker: CircuitState[state] }, 'The breaker before the payment provider has changed its state.'),
    );
  }

  /**
   * Whether calls would be refused now. An open breaker changes its state only when it is called: after its pause one
   * call has to be let through, or it would stay open for good. While that call runs, the others are refused.
   */
  isOpen(): boolean {
    if (this.breaker.state === CircuitState.Open) return Date.now() < this.triesAgainAt;
    return this.breaker.state === CircuitState.HalfOpen;
  }

  /**
   * @param call makes one attempt within the time that it is given
   * @param classify says how an error of the call failed; undefined for an answer that is no failure, which passes on
   * @throws ProviderCallError when every attempt failed, or the error of an answer
   */
  async run<T>(call: (timeoutMs: number) => Promise<T>, classify: Classify, deadline: number): Promise<T> {
    try {
      return await this.policy.execute(() => this.attempts(call, classify, deadline));
    } catch (error) {
      if (error instanceof BrokenCircuitError || error instanceof BulkheadRejectedError)
        throw new ProviderCallError(['no-effect'], error);
      throw error;
    }
  }

  private async attempts<T>(call: (timeoutMs: number) => Promise<T>, classify: Classify, deadline: number): Promise<T> {
    const failures: CallFailure[] = [];
    this.retries.earn();
    for (;;) {
      const leftMs = deadline - Date.now();
      if (leftMs < TIMEOUT_MIN_MS)
        throw new ProviderCallError(
          failures.length > 0 ? failures : ['no-effect'],
          new Error('The deadline has passed.'),
        );
      try {
        return await call(Math.min(leftMs, this.timeoutMaxMs));
      } catch (error) {
        const failure = classify(error);
        if (!failure) throw error;
        failures.push(failure);
        // Without a response the outcome is unknown: recovery asks again, not the customer's request.
        if (failure === 'no-response' || failures.length >= ATTEMPTS_MAX || !this.retries.spend())
          throw new ProviderCallError(failures, error);
        await wait(gapAfterMs(failures.length, Math.random()));
      }
    }
  }
}
