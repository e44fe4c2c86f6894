import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { newId } from './provider-record.js';

const ATTEMPTS_MAX = 6;
const FIRST_GAP_MS = 250;
const TIMEOUT_MS = 5_000;
/** Beyond this the oldest event is dropped: a sandbox must not grow without bound. */
const WAITING_MAX = 10_000;

/** Sends signed events to the product, with bounded retries, as the provider does. */
export class Webhooks {
  private waiting = 0;
  private readonly stopped = new AbortController();

  constructor(
    private readonly secret: string,
    public url: string | undefined,
  ) {}

  /** Sends in the background; `copies` above one is the provider's own duplicate. */
  send(event: { type: string; object: Record<string, unknown>; afterMs?: number }, copies: number): void {
    if (!this.url || this.waiting >= WAITING_MAX) return;
    const body = JSON.stringify({
      id: newId('evt'),
      object: 'event',
      created: Math.floor(Date.now() / 1_000),
      type: event.type,
      livemode: false,
      data: { object: event.object },
    });
    for (let copy = 0; copy < copies; copy++) void this.deliver(this.url, body, event.afterMs ?? 0);
  }

  stop(): void {
    this.stopped.abort();
  }

  private async deliver(url: string, body: string, afterMs: number): Promise<void> {
    this.waiting++;
    try {
      if (afterMs > 0) await wait(afterMs, undefined, { signal: this.stopped.signal });
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        if (await this.attempt(url, body)) return;
        await wait(FIRST_GAP_MS * 2 ** attempt * (0.5 + Math.random()), undefined, { signal: this.stopped.signal });
      }
      process.stderr.write(`A webhook to ${url} was given up after ${ATTEMPTS_MAX} attempts.\n`);
    } catch (error) {
      if ((error as Error).name !== 'AbortError')
        process.stderr.write(`A webhook failed: ${(error as Error).message}\n`);
    } finally {
      this.waiting--;
    }
  }

  private async attempt(url: string, body: string): Promise<boolean> {
    const at = Math.floor(Date.now() / 1_000);
    const signature = createHmac('sha256', this.secret).update(`${at}.${body}`).digest('hex');
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'stripe-signature': `t=${at},v1=${signature}`,
          'user-agent': 'Bulwark-Sandbox/1',
        },
        body,
        redirect: 'error',
        signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      // Not reachable now: the next attempt follows.
      return false;
    }
  }
}
