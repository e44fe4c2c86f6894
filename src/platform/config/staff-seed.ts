import { EnvironmentReader, matching, secret } from './environment-reader.js';

/**
 * The first member of staff, as `STAFF_EMAIL` and `STAFF_PASSWORD` name it.
 * @throws ConfigurationError when either is missing or wrong
 */
export function readStaffSeed(environment: Readonly<Record<string, string | undefined>> = process.env): {
  email: string;
  password: string;
} {
  const reader = new EnvironmentReader(environment);
  const seed = {
    email: reader.required('STAFF_EMAIL', matching(/^[^\s@]+@[^\s@]+$/, 'a mail address')),
    password: reader.required('STAFF_PASSWORD', secret(12)),
  };
  reader.finish();
  return seed;
}
