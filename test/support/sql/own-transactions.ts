import type { RecordedMigration } from './recorded-migrations.js';
import { statementsOf } from './tokens.js';

/** What may stand outside a transaction: it holds no lock that readers or writers want, and can be done again. */
const ALLOWED = [
  /^CREATE (UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS /,
  /^DROP INDEX CONCURRENTLY IF EXISTS /,
  /^REINDEX (TABLE|INDEX) CONCURRENTLY /,
  // A backfill by the batch, which never waits for a row: those that it has already would wait with it.
  /^UPDATE .* LIMIT \d+ FOR UPDATE SKIP LOCKED \)$/,
  /^SELECT /,
  /^ALTER TABLE \S+( \. \S+)? VALIDATE CONSTRAINT /,
];

/**
 * Statements that a migration with `transaction = false` must not have: the runner lets it wait long for its locks (ADR
 * 016).
 */
export function outOfPlace({ sql, isTransactional }: RecordedMigration): string[] {
  if (isTransactional) return [];
  const texts = statementsOf(sql).map((statement) =>
    statement.map(({ kind, text }) => (kind === 'word' ? text.toUpperCase() : text)).join(' '),
  );
  return texts.filter((text) => !ALLOWED.some((allowed) => allowed.test(text)));
}
