import { statementsOf, type SqlToken } from './tokens.js';

/** What a transaction-mode pooler would leave on a server connection, or take from the client (ADR 014). */
export interface SessionState {
  statement: string;
  why: string;
}

/** What the driver may say when it signs in; the pooler keeps these for each client. */
const STARTUP_PARAMETERS = ['user', 'database', 'application_name', 'client_encoding'];
const SESSION_LOCK = /^pg_(try_)?advisory_(lock|unlock)(_shared|_all)?$/;
const TEMPORARY = ['TEMP', 'TEMPORARY'];
const BEFORE_TEMPORARY = ['OR', 'REPLACE', 'GLOBAL', 'LOCAL'];
const STATEMENT_MAX = 300;

/**
 * Every piece of session state that a script would make.
 * @param inTransaction whether a transaction is open when it begins
 */
export function sessionStateOf(script: string, inTransaction: boolean): SessionState[] {
  const found: SessionState[] = [];
  let isOpen = inTransaction;
  for (const statement of statementsOf(script)) {
    const words = statement.map(({ text }) => text.toUpperCase());
    if (words[0] === 'BEGIN' || (words[0] === 'START' && words[1] === 'TRANSACTION')) isOpen = true;
    const text = statement
      .map(({ text }) => text)
      .join(' ')
      .slice(0, STATEMENT_MAX);
    for (const why of statesOf(statement, words, isOpen)) found.push({ statement: text, why });
    if (['COMMIT', 'END', 'ABORT'].includes(words[0] ?? '') || (words[0] === 'ROLLBACK' && !words.includes('TO')))
      isOpen = words.includes('CHAIN') && !words.includes('NO');
  }
  return found;
}

/** Startup parameters that a pooler refuses, or would have to carry from connection to connection. */
export function strangeStartupParameters(parameters: Readonly<Record<string, string>>): string[] {
  return Object.keys(parameters).filter((name) => !STARTUP_PARAMETERS.includes(name.toLowerCase()));
}

function statesOf(statement: readonly SqlToken[], words: readonly string[], isOpen: boolean): string[] {
  const body = statement.filter(({ kind }) => kind === 'dollar').flatMap(({ text }) => statesOfBody(text));
  return [...byFirstWord(words, isOpen), ...temporary(words), ...functions(statement), ...body];
}

function byFirstWord(words: readonly string[], isOpen: boolean): string[] {
  switch (words[0]) {
    case 'SET':
      return statesOfSet(words, isOpen);
    case 'RESET':
    case 'DISCARD':
      return [`${words[0]} changes the settings of a connection that others use`];
    case 'LISTEN':
    case 'UNLISTEN':
      return [`${words[0]} belongs to one server connection: its notices never arrive`];
    case 'PREPARE':
    case 'EXECUTE':
    case 'DEALLOCATE':
      return [`${words[0]}: a named statement lives in one server connection`];
    case 'LOAD':
      return ['LOAD changes one server process'];
    case 'DECLARE':
      return has(words, 'WITH', 'HOLD') ? ['a cursor WITH HOLD outlives its transaction'] : [];
    default:
      return [];
  }
}

function statesOfSet(words: readonly string[], isOpen: boolean): string[] {
  const isLocal = words[1] === 'LOCAL' || words[1] === 'TRANSACTION' || words[1] === 'CONSTRAINTS';
  if (!isLocal) return ['SET without LOCAL outlives its transaction'];
  return isOpen ? [] : [`SET ${words[1]} outside a transaction does nothing`];
}

function temporary(words: readonly string[]): string[] {
  const goesAtCommit = has(words, 'ON', 'COMMIT', 'DROP');
  const kind = words.slice(1).find((word) => !BEFORE_TEMPORARY.includes(word)) ?? '';
  const isMade =
    (words[0] === 'CREATE' && TEMPORARY.includes(kind)) ||
    words.some((word, at) => word === 'INTO' && TEMPORARY.includes(words[at + 1] ?? ''));
  const isNamed = words[0] === 'CREATE' && has(words, 'PG_TEMP', '.');
  return (isMade || isNamed) && !goesAtCommit
    ? ['a temporary relation without ON COMMIT DROP stays on its connection']
    : [];
}

function functions(statement: readonly SqlToken[]): string[] {
  return statement.flatMap((token, at) => {
    if (statement[at + 1]?.text !== '(') return [];
    const name = token.text.toLowerCase().replaceAll('"', '');
    if (SESSION_LOCK.test(name)) return [`${name} is a lock of the session: the connection of another client keeps it`];
    if (name !== 'set_config') return [];
    return isTrue(thirdArgument(statement, at + 2))
      ? []
      : ['set_config outlives its transaction unless its third argument is true'];
  });
}

function thirdArgument(statement: readonly SqlToken[], from: number): string {
  let depth = 0;
  let comma = 0;
  let text = '';
  for (const token of statement.slice(from)) {
    if (token.text === '(') depth++;
    if (token.text === ')' && depth-- === 0) break;
    if (token.text === ',' && depth === 0) comma++;
    else if (comma === 2) text += token.text;
  }
  return text;
}

const isTrue = (text: string): boolean => /^('?t(rue)?'?)(::bool(ean)?)?$/i.test(text);

/** Statements of a function's body stand behind the words of its language. */
function statesOfBody(dollar: string): string[] {
  const body = dollar.replace(/^\$\w*\$/, '').replace(/\$\w*\$$/, '');
  const script = statementsOf(body).flatMap((statement) => {
    const parts: SqlToken[][] = [[]];
    for (const token of statement) {
      if (/^(BEGIN|THEN|ELSE|LOOP)$/i.test(token.text)) parts.push([]);
      else parts.at(-1)?.push(token);
    }
    return parts.filter((part) => part.length > 0);
  });
  // A plpgsql block opens with the declarations that have the word of a cursor, and EXECUTE runs a text, not a named
  // statement.
  return script.flatMap((statement) => {
    const words = statement.map(({ text }) => text.toUpperCase());
    return words[0] === 'EXECUTE' || (words[0] === 'DECLARE' && !words.includes('CURSOR'))
      ? functions(statement)
      : statesOf(statement, words, true);
  });
}

function has(words: readonly string[], ...wanted: string[]): boolean {
  return words.some((_, at) => wanted.every((word, n) => words[at + n] === word));
}
