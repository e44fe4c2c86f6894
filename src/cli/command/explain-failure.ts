import { ConfigurationError } from '../../platform/config/index.js';
import { explainSystemError } from '../../platform/machine/index.js';

/** A command that does not do what was asked, and whose message is all that the reader needs. */
export class CommandRefusedError extends Error {
  override readonly name = 'CommandRefusedError';

  /** @param exitCode 2 where the arguments are wrong, else 1 */
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}

const IS_RUNNING =
  'Is "npm run up" running, or are DATABASE_URL, REDIS_URL and the other addresses those of a running system?';
const NOTHING_RUNS =
  'No system is running here. Start "npm run up" in another terminal first, or set DATABASE_URL and the other ' +
  'addresses to those of a running one.';

/** By SQLSTATE: what the database says is right but leaves open what to do. */
const DATABASE_REPAIRS: readonly (readonly [RegExp, string])[] = [
  [/^28/, 'Check user and password in DATABASE_URL and DATABASE_*_PASSWORD.'],
  [/^3D000$/, 'Check the name of the database in DATABASE_URL.'],
  [/^(42P01|42703|42883|3F000)$/, 'The schema is not the one of this build: run "npm run db:migrate".'],
  [/^42501$/, 'The role of DATABASE_DIRECT_URL has too few rights.'],
  [/^(53300|53400)$/, 'All connections of the database are taken: try again, or lower the pool sizes.'],
  [/^(57P0[123]|25006)$/, 'Try again in a moment.'],
  [/^(57014|55P03)$/, 'Something holds a lock: try again.'],
  [/^(53100|58030)$/, 'Make room on the disk of the database.'],
];

/** What the drivers say when they give up waiting. */
const GAVE_UP = /^(timeout expired|timeout exceeded when trying to connect|Connection terminated.*|Command timed out)$/;

/** The failure of a command in a line, without a stack and without a bare error code. */
export function explainFailure(error: unknown): string {
  if (error instanceof ConfigurationError)
    return error.problems.some((problem) => problem.startsWith('DATABASE_URL is missing'))
      ? NOTHING_RUNS
      : error.message;
  if (error instanceof CommandRefusedError) return error.message;
  const answer = findDatabaseAnswer(error);
  if (answer !== undefined) return explainDatabase(answer);
  const system = explainSystemError(error);
  if (system !== undefined) return `${sentence(system)}${isOfNetwork(error) ? ` ${IS_RUNNING}` : ''}`;
  const message = error instanceof Error ? error.message : String(error);
  if (GAVE_UP.test(message)) return `The database or Redis did not answer in time (${message}). ${IS_RUNNING}`;
  return message || 'The command failed without saying why.';
}

interface DatabaseAnswer {
  readonly code: string;
  readonly message: string;
  /** Where the error comes through TypeORM: the statement, without its parameters. */
  readonly query?: string;
}

const STATEMENT_SHOWN_MAX = 120;

function explainDatabase({ code, message, query }: DatabaseAnswer): string {
  const repair = DATABASE_REPAIRS.find(([pattern]) => pattern.test(code))?.[1];
  const statement = query && `Statement: ${query.replaceAll(/\s+/g, ' ').trim().slice(0, STATEMENT_SHOWN_MAX)}`;
  const said = `The database refuses: ${message}${/[.!?]$/.test(message) ? '' : '.'}`;
  return [said, repair, statement].filter(Boolean).join(' ');
}

/** The driver's errors carry it as `code`, beside a severity; errors of the system have letters of another kind. */
function findDatabaseAnswer(error: unknown): DatabaseAnswer | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, severity, message, query, cause } = error as Partial<Record<string, unknown>>;
  if (typeof code === 'string' && typeof severity === 'string' && /^[0-9A-Z]{5}$/.test(code))
    return { code, message: String(message), ...(typeof query === 'string' ? { query } : {}) };
  return findDatabaseAnswer(cause);
}

function isOfNetwork(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOfNetwork);
  if (typeof error !== 'object' || error === null) return false;
  const { port, hostname, syscall, cause } = error as Record<string, unknown>;
  return port !== undefined || hostname !== undefined || syscall === 'connect' || isOfNetwork(cause);
}

function sentence(clause: string): string {
  // A path stays as it is written.
  const begin = /^[a-z]+ /.test(clause) ? clause.charAt(0).toUpperCase() + clause.slice(1) : clause;
  return `${begin}.`;
}
