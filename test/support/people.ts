import { randomUUID } from 'node:crypto';
import type { ApiClient } from './api-client.js';
import { query } from './fresh-start.js';

/** A customer with an account and a session. */
export interface Person {
  accountId: string;
  email: string;
  password: string;
  token: string;
  refreshToken: string;
}

/** Signs a new customer up and in. */
export async function newCustomer(api: ApiClient): Promise<Person> {
  const email = `${randomUUID()}@example.com`;
  const password = `correct horse ${randomUUID()}`;
  const account = await api.post<{ id: string }>('/v1/accounts', { email, password, displayName: 'Test Customer' });
  if (account.status !== 201) throw new Error(`Sign-up failed: ${account.status} ${account.text}`);
  return { ...(await signIn(api, email, password)), accountId: account.body.id };
}

/** Signs in to an account that is there. */
export async function signIn(api: ApiClient, email: string, password: string): Promise<Person> {
  const session = await api.post<{ accessToken: string; refreshToken: string; account: { id: string } }>(
    '/v1/sessions',
    { email, password },
  );
  if (session.status !== 201) throw new Error(`Sign-in failed: ${session.status} ${session.text}`);
  return {
    email,
    password,
    accountId: session.body.account.id,
    token: session.body.accessToken,
    refreshToken: session.body.refreshToken,
  };
}

/** A new account with roles beyond `customer`; roles act at once. */
export async function newStaff(api: ApiClient, ...roles: ('merchandiser' | 'finance' | 'partner')[]): Promise<Person> {
  const person = await newCustomer(api);
  await query('UPDATE account.accounts SET roles = $2 WHERE id = $1', [person.accountId, ['customer', ...roles]]);
  return person;
}
