import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LauncherError } from '../machine/launcher-error.js';
import { writePrivateFile } from '../machine/write-private-file.js';

/** Secrets of the embedded start, under the names of the environment variables that override them. */
export type Credentials = Readonly<Record<CredentialName, string>>;
export type CredentialName = keyof typeof MAKERS;

const makeSecret = () => randomBytes(24).toString('base64url');

const MAKERS = {
  BULWARK_SECRET: () => randomBytes(48).toString('base64url'),
  DATABASE_SUPERUSER_PASSWORD: makeSecret,
  DATABASE_POOLER_ADMIN_PASSWORD: makeSecret,
  DATABASE_APP_PASSWORD: makeSecret,
  DATABASE_CATALOG_PASSWORD: makeSecret,
  DATABASE_ACCOUNT_PASSWORD: makeSecret,
  DATABASE_PAYMENTS_PASSWORD: makeSecret,
  DATABASE_PLATFORM_PASSWORD: makeSecret,
  // The official SDK sends keys of this form; only the sandbox accepts this one.
  PAYMENT_PROVIDER_KEY: () => `sk_test_${randomBytes(18).toString('hex')}`,
  PAYMENT_WEBHOOK_SECRET: () => `whsec_${randomBytes(24).toString('base64')}`,
  STAFF_EMAIL: () => 'staff@bulwark.example',
  STAFF_PASSWORD: makeSecret,
};

/** Reads `credentials.json`; makes it, or what it lacks, when needed. */
export function ensureCredentials(dataDir: string): Credentials {
  const path = join(dataDir, 'credentials.json');
  const known = readCredentials(path);
  const missing = Object.entries(MAKERS).filter(([name]) => typeof known[name] !== 'string' || known[name] === '');
  if (missing.length === 0) return known as Credentials;
  const complete = { ...known, ...Object.fromEntries(missing.map(([name, make]) => [name, make()])) };
  writePrivateFile(path, `${JSON.stringify(complete, null, 2)}\n`);
  return complete as Credentials;
}

function readCredentials(path: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    // Making new ones would lock us out of the database that was made with the old ones.
    throw new LauncherError(
      `${path} cannot be read (${(error as Error).message}). Restore it, or remove the data folder to begin anew.`,
      { cause: error },
    );
  }
}
