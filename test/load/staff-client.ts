import { randomUUID } from 'node:crypto';
import type { RunFile } from './spawn-instance.js';

const REQUEST_TIMEOUT_MS = 10_000;

/** The merchandiser of an instance: signs in once, changes items. */
export class StaffClient {
  private constructor(
    private readonly app: string,
    /** Good for ten minutes. */
    readonly accessToken: string,
  ) {}

  static async signIn({ app, staff }: Pick<RunFile, 'app' | 'staff'>): Promise<StaffClient> {
    const answer = await fetch(`${app}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(staff),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(`Signing in as staff was answered with ${answer.status}: ${await answer.text()}`);
    const { accessToken } = (await answer.json()) as { accessToken: string };
    return new StaffClient(app, accessToken);
  }

  /** @throws Error when the change is refused */
  async setStock(itemId: string, stock: number): Promise<void> {
    const answer = await fetch(`${this.app}/v1/items/${itemId}`, {
      method: 'PATCH',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${this.accessToken}`,
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify({ stock }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(`The change of stock was answered with ${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
  }
}
