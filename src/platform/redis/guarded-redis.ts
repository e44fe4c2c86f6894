import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll, type CircuitBreakerPolicy } from 'cockatiel';
import { RepeatingTask, withDeadline } from '../background/index.js';
import { logger } from '../observability/index.js';
import { connectRedis, type RedisClient, type RedisConnectOptions } from './connect-redis.js';

/** When a {@link GuardedRedis} gives a command up, and when it stops to send commands. */
export interface GuardedRedisOptions extends RedisConnectOptions {
  /** How long a caller waits for an answer. */
  readonly answerTimeoutMs: number;
  /** So many failed commands in a row open the breaker. */
  readonly failuresMax: number;
  /** How often an open breaker tries whether the server answers again. */
  readonly probeEveryMs: number;
}

/**
 * A connection behind a breaker, for callers that can do without: commands fail at once while the server is gone or
 * silent, and only a probe of its own waits for the server. It closes again by itself.
 */
export class GuardedRedis {
  readonly client: RedisClient;
  private readonly breaker: CircuitBreakerPolicy;
  private probe: RepeatingTask | undefined;

  constructor(
    urls: readonly string[],
    private readonly options: GuardedRedisOptions,
  ) {
    this.client = connectRedis(urls, options);
    // Half open at once: no command of a caller is sent while it is open, and the probe has a rhythm of its own.
    this.breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 0,
      breaker: new ConsecutiveBreaker(options.failuresMax),
    });
  }

  /** Whether a command would be sent now. */
  isReady(): boolean {
    return this.breaker.state === CircuitState.Closed && this.client.status === 'ready';
  }

  /**
   * Runs a command; its failure is an answer, since every caller can do without.
   * @returns undefined when the server is gone, silent or refuses
   */
  async ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T | undefined> {
    if (!this.isReady()) return undefined;
    try {
      return await this.breaker.execute(() => withDeadline(command(this.client), this.options.answerTimeoutMs));
    } catch (error) {
      this.onFailure(error as Error);
      return undefined;
    }
  }

  close(): void {
    void this.probe?.stop();
    this.client.disconnect();
  }

  private onFailure({ message }: Error): void {
    const { name: connection, probeEveryMs: everyMs } = this.options;
    logger.debug({ connection, why: message }, 'Redis did not answer.');
    if (this.probe || this.breaker.state === CircuitState.Closed) return;
    logger.warn({ connection, why: message }, 'Redis is silent; its callers do without it until it answers.');
    this.probe = new RepeatingTask({
      everyMs,
      deadlineMs: this.options.answerTimeoutMs,
      run: () => this.runProbe(),
      onFailure: (error) => logger.debug({ connection, error }, 'Redis is still silent.'),
    });
    void this.probe.start();
  }

  private async runProbe(): Promise<void> {
    await this.breaker.execute(() => withDeadline(this.client.ping(), this.options.answerTimeoutMs));
    void this.probe?.stop();
    this.probe = undefined;
    logger.info({ connection: this.options.name }, 'Redis answers again.');
  }
}
