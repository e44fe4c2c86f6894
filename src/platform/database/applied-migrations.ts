import type { DataSource } from 'typeorm';
import { MigrationRefusedError } from './migration-refused.js';

export const MIGRATIONS_TABLE = 'bulwark_migrations';
/** The first migration of the baseline: what is older was replaced by it before the first release. */
const BASELINE = 1_795_824_000_000;
const TIMESTAMP_DIGITS = 13;

/** A migration that the database has. */
export interface AppliedMigration {
  readonly name: string;
  readonly timestamp: number;
}

/** The database cannot be migrated by this build; nothing was changed. */
export class SchemaTooOldError extends MigrationRefusedError {
  constructor() {
    super(
      'This database was made by migrations that a baseline has replaced before the first release. ' +
        'Nothing was changed. There is no way from there to here: ' +
        'remove the data directory (`.bulwark/` of `npm run up`), ' +
        'or name an empty database in DATABASE_DIRECT_URL, and start again.',
    );
  }
}

export async function appliedMigrations(source: DataSource): Promise<AppliedMigration[]> {
  const [table] = await source.query<{ known: boolean }[]>('SELECT to_regclass($1) IS NOT NULL AS known', [
    MIGRATIONS_TABLE,
  ]);
  if (!table?.known) return [];
  const rows = await source.query<{ name: string; timestamp: string }[]>(
    `SELECT name, timestamp FROM ${MIGRATIONS_TABLE}`,
  );
  return rows.map(({ name, timestamp }) => ({ name, timestamp: Number(timestamp) }));
}

/** @throws SchemaTooOldError for a database from before the baseline */
export function refuseSchemaBeforeBaseline(applied: readonly AppliedMigration[]): void {
  if (applied.some(({ timestamp }) => timestamp < BASELINE)) throw new SchemaTooOldError();
}

/**
 * Whether a newer build has migrated the database: it has a migration that this build does not know. One that is older
 * than all of this build's says nothing: a baseline may have replaced it.
 */
export function isMigratedByNewerBuild(
  applied: readonly AppliedMigration[],
  own: readonly { readonly name: string }[],
): boolean {
  const names = new Set(own.map(({ name }) => name));
  const first = Math.min(...own.map(({ name }) => Number(name.slice(-TIMESTAMP_DIGITS))));
  return applied.some(({ name, timestamp }) => timestamp > first && !names.has(name));
}
