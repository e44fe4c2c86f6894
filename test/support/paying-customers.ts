import { randomUUID } from 'node:crypto';
import { ApiClient } from './api-client.js';
import { retryUntilFinal } from './retrying-client.js';
import { pay } from './payments.js';
import { newCustomer, type Person } from './people.js';
import { queryAt, type RunFile } from './up.js';

const STOCK = 1_000_000;

/** Customers who pay one order after the other, each until there is an answer that stays. */
export class PayingCustomers {
  /** Ids of the payments that were answered with 201. */
  readonly acknowledged: string[] = [];
  /** Every status that was answered; 0 for a connection that broke. */
  readonly statuses = new Set<number>();
  private going = true;
  private readonly shoppers: Promise<void>[] = [];

  private constructor(
    private readonly api: ApiClient,
    private readonly itemId: string,
  ) {}

  static async start(run: RunFile, size: number): Promise<PayingCustomers> {
    await queryAt(run.postgresPrimary, 'UPDATE catalog.stock SET quantity = $1', [STOCK]);
    const [item] = await queryAt<{ id: string }>(
      run.postgresPrimary,
      'SELECT id FROM catalog.items WHERE deleted_at IS NULL ORDER BY id LIMIT 1',
    );
    const api = new ApiClient(run.app);
    const customers = new PayingCustomers(api, item?.id ?? '');
    for (let index = 0; index < size; index++) customers.shoppers.push(customers.shop(await newCustomer(api)));
    return customers;
  }

  /** Ends after the orders that are under way. */
  async stop(): Promise<string[]> {
    this.going = false;
    await Promise.all(this.shoppers);
    return this.acknowledged;
  }

  private async shop(person: Person): Promise<void> {
    while (this.going) {
      const key = randomUUID();
      const answer = await retryUntilFinal(() => this.pay(person, key));
      if (answer.status !== 201) throw new Error(`A payment ended with ${answer.status}: ${answer.text}`);
      this.acknowledged.push(answer.body.id);
    }
  }

  private async pay({ token }: Person, key: string) {
    try {
      const answer = await pay(this.api, this.itemId, {}, { token, key });
      this.statuses.add(answer.status);
      return answer;
    } catch (error) {
      this.statuses.add(0);
      throw error;
    }
  }
}

/** Those of the payments that a server does not have as paid. */
export async function missingAt(url: string, payments: readonly string[]): Promise<string[]> {
  const rows = await queryAt<{ id: string }>(
    url,
    `SELECT id FROM audit.payments WHERE id = ANY ($1) AND status = 'captured'`,
    [payments],
  );
  const there = new Set(rows.map(({ id }) => id));
  return payments.filter((id) => !there.has(id));
}
