import { Client, type QueryResultRow } from 'pg';
import { resultOrLate } from '../background/index.js';

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 2_000;
/** A server that vanished never closes its side. */
const GOODBYE_TIMEOUT_MS = 500;

/**
 * One connection that is kept, and made anew after anything went wrong: a repeated question must get through
 * also when the pooler accepts no new client.
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
    // A broken connection cannot end in order.
    if (client) await resultOrLate(client.end(), GOODBYE_TIMEOUT_MS, undefined).catch(() => undefined);
  }
}

async function connect(url: string): Promise<Client> {
  // The time-outs are kept by the driver: a pooler refuses them as startup parameters.
  const client = new Client({
    connectionString: url,
    application_name: 'bulwark-instance',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  });
  // A connection that breaks between two questions fails the next one.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
