import type { SourceFile } from '../support/source-files.js';
import { wordsOf } from './old-words.js';

/** Words of the contexts: what the business decides, which a capability must not name (ADR 001). */
const CONTEXT_WORDS = / (catalog|catalogs|payment|payments|refund|refunds|ledger|finance|stripe) /g;

/** Files of platform/ that name a context, each with its reason; a test fails for one that does so no longer. */
export const NAMES_CONTEXTS: readonly { path: RegExp; because: string }[] = [
  { path: /^src\/platform\/config\//, because: 'The one reader of the environment names every variable there is.' },
  { path: /^src\/platform\/identity\/caller\.ts$/, because: 'The roles are those of the contract.' },
  { path: /^src\/platform\/documentation\/openapi\.ts$/, because: 'The title of the API document.' },
  { path: /^src\/platform\/outbox\/dead-letter\.dto\.ts$/, because: 'Examples in the API document.' },
];

/** The words of contexts in identifiers and strings of one file of platform/; comments may give examples. */
export function contextWordsOf({ path, text }: SourceFile): string[] {
  if (!path.startsWith('src/platform/') || path.endsWith('.spec.ts')) return [];
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
  return [path, ...code.split('\n')].flatMap((line) =>
    [...wordsOf(line).matchAll(CONTEXT_WORDS)].map(([, word]) => `${word} in "${line.trim()}"`),
  );
}
