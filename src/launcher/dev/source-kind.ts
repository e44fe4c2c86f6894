/** Read once, by npm and by the compiler's host: `npm run dev` has to be started anew. */
export const READ_AT_START = ['package.json', 'package-lock.json', 'tsconfig.json', 'nest-cli.json'];
/** Editors keep locks and copies beside a file, under names that begin with a dot. */
const COMPILED = /^(src|migrations)\/(.*\/)?[^./][^/]*\.(ts|mjs)$/;
const FUNCTION_FILE = /^migrations\/functions\/[^/]+\.sql$/;

/** Which part of a start a file belongs to; null when nothing that runs is made of it. */
export function kindOfSource(path: string): 'compiled' | 'function' | 'read at start' | null {
  if (READ_AT_START.includes(path)) return 'read at start';
  if (FUNCTION_FILE.test(path)) return 'function';
  return COMPILED.test(path) && !path.endsWith('.spec.ts') ? 'compiled' : null;
}
