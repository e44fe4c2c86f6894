import { resolve } from 'node:path';

/**
 * The absolute path of a file that an operator names. npm runs every script in the folder of package.json and leaves
 * the folder of the caller in `INIT_CWD`: a relative path means that one.
 */
export function userPath(
  path: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return resolve(environment.INIT_CWD || process.cwd(), path);
}
