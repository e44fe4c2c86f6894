import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './source-files.js';

/** The address of one of the bootstrap's files, which are plain JavaScript outside the compiler's reach. */
export function bootstrapUrl(file: string): string {
  return pathToFileURL(join(ROOT, 'src/launcher/bootstrap', file)).href;
}

/** Calls a function of the bootstrap in a process of its own: what it returns, or `{ error }` with its message. */
export function callBootstrap(file: string, name: string, ...args: unknown[]): unknown {
  const script = `import { ${name} } from ${JSON.stringify(bootstrapUrl(file))};
    try { console.log(JSON.stringify(${name}(...${JSON.stringify(args)})) ?? 'null'); }
    catch (error) { console.log(JSON.stringify({ error: error.message })); }`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
}
