import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** The last answer that a customer got: paid, refused for good, or nothing before the deadline. */
export type FinalAnswer = 'paid' | 'refused' | 'nothing';

/** How a client behaves that makes one payment. */
export interface Manner {
  readonly cardToken: string;
  /** Sends the first request this often at once, as a customer who taps again. */
  readonly taps: number;
  /** The first tries are cut off after a time up to this; 0 waits. */
  readonly abortAfterMs: number;
}

interface Body {
  readonly id?: string;
  readonly status?: string;
  readonly code?: string;
}

const ANSWER_MAX_MS = 120_000;
const REQUEST_TIMEOUT_MS = 15_000;
const FIRST_PAUSE_MS = 200;
const PAUSE_MAX_MS = 3_000;
const ABORTED_TRIES = 3;
/** A process that died often comes back after a pause of up to 5 s, and then has to start. */
const SIGN_UP_MAX_MS = 60_000;
const PASSWORD = 'a long drill password 7431';

/**
 * A customer of their own for one intended payment. It retries as real clients do: the same key, with pauses, until
 * there is an answer.
 */
export class PayingClient {
  /** How many requests were sent for the intent. */
  sends = 0;

  private constructor(
    private readonly app: string,
    readonly accountId: string,
    /** Good for ten minutes. */
    readonly token: string,
  ) {}

  static async signUp(app: string): Promise<PayingClient> {
    const email = `${randomUUID()}@example.com`;
    const account = await must(app, '/v1/accounts', { email, password: PASSWORD, displayName: 'Drill Customer' });
    const session = await must(app, '/v1/sessions', { email, password: PASSWORD });
    return new PayingClient(app, String(account.id), String(session.accessToken));
  }

  /**
   * Pays once, as far as the customer is concerned.
   * @returns the last answer, and the id of the payment when there was one
   */
  async pay(
    itemId: string,
    { cardToken, taps, abortAfterMs }: Manner,
  ): Promise<{ answer: FinalAnswer; paymentId?: string }> {
    const body = { items: [{ itemId, quantity: 1 }], paymentMethod: cardToken };
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: taps }, () => this.untilAnswered('/v1/payments', key, body, abortAfterMs)),
    );
    const paid = answers.find(({ answer }) => answer === 'paid') ?? answers[0];
    return paid ?? { answer: 'nothing' };
  }

  /** Refunds a part once, as far as the customer is concerned. */
  async refund(paymentId: string, amount: number, currency: string): Promise<{ answer: FinalAnswer }> {
    return this.untilAnswered(`/v1/payments/${paymentId}/refunds`, randomUUID(), { amount: { amount, currency } }, 0);
  }

  private async untilAnswered(
    path: string,
    key: string,
    body: object,
    abortAfterMs: number,
  ): Promise<{ answer: FinalAnswer; paymentId?: string }> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let tries = 0, deadline = Date.now() + ANSWER_MAX_MS; Date.now() < deadline; tries += 1) {
      const cutOffMs =
        tries < ABORTED_TRIES && abortAfterMs > 0 ? 1 + Math.random() * abortAfterMs : REQUEST_TIMEOUT_MS;
      const response = await this.send(path, cutOffMs, body, key);
      const answer = response && (await this.parse(response, deadline));
      if (answer) return { answer, paymentId: response.body.id };
      await delay(pauseMs * (0.5 + Math.random() / 2));
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
    }
    return { answer: 'nothing' };
  }

  /** @returns undefined when the client has to try again */
  private async parse({ status, body, location }: Answer, deadline: number): Promise<FinalAnswer | undefined> {
    if (status === 201) return 'paid';
    if (status === 202) return location === null ? undefined : this.follow(location, deadline);
    return status >= 500 || status === 429 || body.code === 'idempotency_in_progress' ? undefined : 'refused';
  }

  /** Reads a payment that is processing until it has ended. */
  private async follow(location: string, deadline: number): Promise<FinalAnswer> {
    for (; Date.now() < deadline; await delay(PAUSE_MAX_MS / 2)) {
      const answer = await this.ask(location, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      if (answer?.body.status === 'captured') return 'paid';
      if (answer?.body.status === 'failed') return 'refused';
    }
    return 'nothing';
  }

  private send(path: string, timeoutMs: number, body: object, key: string): Promise<Answer | undefined> {
    this.sends += 1;
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    return this.ask(path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(Math.ceil(timeoutMs)),
    });
  }

  /** @returns undefined when there was no answer */
  private async ask(path: string, request: RequestInit): Promise<Answer | undefined> {
    try {
      const answer = await fetch(`${this.app}${path}`, {
        ...request,
        headers: { ...request.headers, authorization: `Bearer ${this.token}` },
      });
      return { status: answer.status, body: (await answer.json()) as Body, location: answer.headers.get('location') };
    } catch {
      return undefined;
    }
  }
}

interface Answer {
  readonly status: number;
  readonly body: Body;
  readonly location: string | null;
}

async function must(app: string, path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  for (let tries = 1, deadline = Date.now() + SIGN_UP_MAX_MS; ; tries += 1) {
    const answer = await fetch(`${app}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }).catch(() => null);
    if (answer?.ok) return (await answer.json()) as Record<string, unknown>;
    // A process that is being killed may have this one as well.
    if (Date.now() > deadline)
      throw new Error(`${path} was answered with ${answer?.status ?? 'nothing'}: ${(await answer?.text()) ?? ''}`);
    await delay(Math.min(FIRST_PAUSE_MS * tries, PAUSE_MAX_MS));
  }
}
