import { setTimeout as delay } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 2_000;
/** A server that is gone without a word never closes its side. */
const GOODBYE_TIMEOUT_MS = 500;

/**
 * One connection that is kept, and made anew after anything went wrong: who asks on a beat must get through
 * also when the pooler takes nobody new.
 */
export class HeldClient {
  private client: Client | undefined;

  constructor(private readonly url: string) {}

  /**
   * Rows of one statement.
   * @throws the driver's own error, within 5 s
   */
  async rows<Row extends QueryResultRow>(statement: string, parameters?: unknown[]): Promise<Row[]> {
    const client = (this.client ??= await connect(this.url));
    try {
      return (await client.query<Row>(statement, parameters)).rows;
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  async end(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    // One that is broken already cannot say goodbye.
    await Promise.race([client?.end().catch(() => undefined), delay(GOODBYE_TIMEOUT_MS, undefined, { ref: false })]);
  }
}

async function connect(url: string): Promise<Client> {
  // The time-outs are kept by the driver: a pooler refuses them as startup parameters.
  const client = new Client({
    connectionString: url,
    application_name: 'bulwark-head',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  });
  // What breaks between two questions shows at the next.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
