import type { SourceFile } from '../support/source-files.js';

/** A word that the glossary replaced, with what stands for it now. */
export interface OldWord {
  /** Tokens in a row, lower case; alternatives of one token are separated by `|`. */
  readonly tokens: string;
  readonly becomes: string;
}

export const OLD_WORDS: readonly OldWord[] = [
  { tokens: 'told', becomes: 'informed, called with, sent, recorded: name who does what' },
  { tokens: 'news', becomes: 'invalidation, invalidation message, change' },
  { tokens: 'announce|announces|announced|announcing|announcement|announcements', becomes: 'publish, report' },
  { tokens: 'change bus', becomes: 'backplane' },
  { tokens: 'change leader|leaders', becomes: 'invalidation publisher' },
  { tokens: 'change follower|followers', becomes: 'invalidation subscriber' },
  { tokens: 'follower|followers', becomes: 'subscriber' },
  { tokens: 'haste|hasty|hastily|hurry|hurries|hurried|hurrying', becomes: 'publish now; fast shutdown' },
  { tokens: 'journey|journeys', becomes: 'load' },
  { tokens: 'landing|landings', becomes: 'load result' },
  { tokens: 'in the air', becomes: 'in flight' },
  { tokens: 'outdate|outdates|outdated|outdating', becomes: 'invalidate, stale' },
  { tokens: 'ages only', becomes: 'ttlOnly' },
  { tokens: 'due early', becomes: 'due for eager refresh' },
  { tokens: 'past caches', becomes: 'cache bypass' },
  { tokens: 'origin gate', becomes: 'origin bulkhead' },
  { tokens: 'settle|settles|settled|settling|settlement|settlements', becomes: 'process, advance, complete' },
  { tokens: 'stray|strays|strayed', becomes: 'orphaned' },
  { tokens: 'open work', becomes: 'pending operations' },
  { tokens: 'hinted', becomes: 'wake requested' },
  { tokens: 'next|last|first|each|every|a|the|one|of|per|another look|looks', becomes: 'attempt, check, read' },
  { tokens: 'vouch|vouches|vouched|vouching', becomes: 'probe, confirm' },
  { tokens: 'recovered work', becomes: 'recoverable operations' },
  { tokens: 'fault point|points', becomes: 'failpoint' },
  { tokens: 'books', becomes: 'ledger; finance reports' },
  { tokens: 'doubt|doubts|doubted|doubtful|undoubted', becomes: 'outcome unknown; recheck (a replica)' },
  { tokens: 'lane|lanes', becomes: 'bulkhead' },
  { tokens: 'patience|patient|impatient', becomes: 'timeout, deadline' },
  { tokens: 'recall|recalls|recalled', becomes: 'load' },
  { tokens: 'remember|remembers|remembered|remembering', becomes: 'record, keep, store' },
  { tokens: 'beat|beats', becomes: 'run, interval, heartbeat' },
  { tokens: 'seat|seats', becomes: 'instance id' },
  { tokens: 'verdict|verdicts', becomes: 'decision, evaluation, finding' },
  { tokens: 'judge|judges|judged|judging|judgement|judgment', becomes: 'evaluate' },
  { tokens: 'hand off|offs', becomes: 'handle transfer' },
  { tokens: 'bury|buries|buried|burying', becomes: 'on exit' },
  { tokens: 'tell ready', becomes: 'report ready' },
  { tokens: 'answer head', becomes: 'serve status' },
  { tokens: 'process|fleet|s head|heads', becomes: 'cluster primary' },
  { tokens: 'crown|crowns|crowned|crowning', becomes: 'promote' },
  { tokens: 'mend|mends|mended|mending', becomes: 'rejoin, repair' },
  { tokens: 'revive|revives|revived|reviving|revival', becomes: 'restart' },
  { tokens: 'succession|successions', becomes: 'failover' },
  { tokens: 'cannot follow', becomes: 'diverged' },
  { tokens: 'loaded gun|guns', becomes: 'critical' },
  { tokens: 'contender|contenders', becomes: 'candidate, competing request' },
  { tokens: 'companion|companions', becomes: 'helper' },
  { tokens: 'shelf|shelves', becomes: 'category' },
  { tokens: 'conceal|conceals|concealed|concealing', becomes: 'pseudonymise' },
  { tokens: 'forgive|forgives|forgiven|forgave|forgiving', becomes: 'reset' },
  { tokens: 'somebody|nobody|whoever|anybody|everybody', becomes: 'the caller, the process, another request …' },
  { tokens: 'busy for the moment', becomes: 'Service overloaded' },
  { tokens: 'nothing is sent to this address', becomes: 'Webhook URL not allowed' },
  { tokens: 'mortal keys', becomes: 'key expiry' },
  { tokens: 'proven bounds', becomes: 'validate partition bounds' },
  { tokens: 'bulwark defence', becomes: 'bulwark_protection_enabled' },
  { tokens: 'cache changes behind', becomes: 'bulwark_cache_invalidation_lag_seconds' },
  { tokens: 'bulwark payments open', becomes: 'bulwark_payments_pending' },
  { tokens: 'partner deliveries', becomes: 'webhook deliveries' },
];

/** A use that stays, because the word is not ours. */
export interface AllowedUse {
  /** Files in which it stays. */
  readonly path: RegExp;
  /** The passages that are taken out before the words are counted. */
  readonly passage: RegExp;
  readonly because: string;
}

export const ALLOWED_USES: readonly AllowedUse[] = [
  { path: /./, passage: /\ballSettled\b/g, because: 'Promise.allSettled is the language.' },
  { path: /launcher\/machine\/service-user/, passage: /["']nobody["']/g, because: 'A user of every Linux.' },
  {
    path: /./,
    passage: /\bbooks(-popularity|-feed|\.rejects|)\.(csv|tsv)/g,
    because: 'Files of test data and of examples.',
  },
  {
    path: /modules\/catalog\/|e2e\/(catalog-|pooler-conformance)|http\/cursor\.spec/,
    passage: /\bbooks?\b/gi,
    because: 'A category of the sample catalog.',
  },
  {
    path: /payments\/contract\/reports|e2e\/payments-ledger|adr\/004/,
    passage: /\bsettling\b/g,
    because: 'A field of the reconciliation report, which clients read.',
  },
];

const MATCHERS = OLD_WORDS.map((word) => ({
  word,
  // Each alternative of a token is a word of its own: "next|last look|looks" is (next|last) (look|looks).
  pattern: new RegExp(` (?:${word.tokens.split(' ').join(')  (?:')}) `, 'g'),
}));

/** The words of a text in lower case, parts of camelCase and snake_case apart, each with a blank on both sides. */
export function wordsOf(text: string): string {
  const parts = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ');
  // Two blanks between words, so that neighbouring matches do not share one.
  return ` ${parts.trim().replaceAll(' ', '  ')} `;
}

export interface OldWordUse {
  readonly word: OldWord;
  readonly line: number;
  readonly text: string;
}

/** Every use of an old word in a file's name and text. */
export function oldWordsOf({ path, text }: SourceFile): OldWordUse[] {
  const lines = [path, ...text.split('\n')];
  const allowed = ALLOWED_USES.filter((use) => use.path.test(path));
  return lines.flatMap((line, number) => {
    const words = wordsOf(allowed.reduce((rest, { passage }) => rest.replaceAll(passage, ''), line));
    return MATCHERS.flatMap(({ word, pattern }) =>
      [...words.matchAll(pattern)].map(() => ({ word, line: number, text: line.trim() })),
    );
  });
}
