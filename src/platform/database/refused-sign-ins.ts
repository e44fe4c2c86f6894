import { Client } from 'pg';
import { DATABASE_CONTEXTS, type Config, type DatabaseContext } from '../config/index.js';
import { dataSourceOptions } from './data-source-options.js';

/** A context whose role the database does not let in. */
export interface RefusedSignIn {
  /** The variable of the password. */
  readonly variable: string;
  readonly user: string;
}

/** What the database and poolers answer to a wrong password or an unknown role. */
const SIGN_IN_REFUSED = /^28[0-9A-Z]{3}$|password authentication failed|SASL authentication failed|no such user/i;
const CONNECT_TIMEOUT_MS = 2_000;

/** Whether a connection failed because of its role or password: trying again cannot help. */
export function isSignInRefused(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return SIGN_IN_REFUSED.test(String(code)) || SIGN_IN_REFUSED.test(String(message));
}

/** Asks the primary's way in for each context; for the message of a start that a refused password has ended. */
export async function refusedSignIns(config: Config): Promise<RefusedSignIn[]> {
  const refused = await Promise.all(
    DATABASE_CONTEXTS.map(async (context) =>
      (await isRefused(config, context))
        ? [{ variable: `DATABASE_${context.toUpperCase()}_PASSWORD`, user: config.database.signIn[context].user }]
        : [],
    ),
  );
  return refused.flat();
}

async function isRefused(config: Config, context: DatabaseContext): Promise<boolean> {
  const { url } = dataSourceOptions(config, context, { target: 'primary' });
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return false;
  } catch (error) {
    // A pooler has codes of its own for what PostgreSQL calls 28P01; what is no answer of a server is another fault.
    return (error as { severity?: unknown }).severity !== undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}
