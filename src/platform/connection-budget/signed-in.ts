import type { Config } from '../config/index.js';

/** The URL of the primary's way in, signed in as the platform's role; another database when one is named. */
export function signedIn({ database: { url: base, signIn } }: Config, database?: string): string {
  const url = new URL(base);
  url.username = signIn.platform.user;
  url.password = encodeURIComponent(signIn.platform.password);
  if (database !== undefined) url.pathname = `/${database}`;
  return url.toString();
}
