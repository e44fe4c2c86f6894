import { Client, type QueryResultRow } from 'pg';

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * One connection that is kept, and made anew after anything went wrong: who asks on a beat must get through
 * also when the pooler takes nobody new.
 */
export class HeldClient {
  private client: Client | undefined;

  constructor(private readonly url: string) {}

  /**
   * Rows of one statement.
   * @throws the driver's own error, within 4 s
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
    await client?.end().catch(() => undefined);
  }
}

async function connect(url: string): Promise<Client> {
  // The time-outs are kept by the driver: a pooler refuses them as startup parameters.
  const client = new Client({ connectionString: url, application_name: 'bulwark-head', connectionTimeoutMillis: CONNECT_TIMEOUT_MS, query_timeout: ANSWER_TIMEOUT_MS });
  // What breaks between two questions shows at the next.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
