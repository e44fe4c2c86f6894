import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ROOT } from '../source-files.js';

/** What a migration executes, in order. */
export interface RecordedMigration {
  file: string;
  sql: string;
  /** Whether it runs inside a transaction, as all do that do not say otherwise. */
  isTransactional: boolean;
}

/** What a migration asks for goes into its next statement as a number would: whatever it calls the column. */
const ANY_ROW = new Proxy({}, { get: () => '1' });

/** Lets each migration of the repository speak to a server that only pretends, and notes what it says. */
export async function recordMigrations(): Promise<RecordedMigration[]> {
  const files = readdirSync(join(ROOT, 'migrations'))
    .filter((file) => /^\d+-.*\.ts$/.test(file) && !file.endsWith('.spec.ts'))
    .toSorted();
  const recorded: RecordedMigration[] = [];
  for (const file of files) {
    const module = (await import(join(ROOT, 'migrations', file))) as Record<string, unknown>;
    for (const Migration of Object.values(module).filter(isMigration))
      recorded.push(await record(file, new Migration()));
  }
  return recorded;
}

// Jest's import of CommonJS has a default beside the names.
function isMigration(exported: unknown): exported is new () => MigrationInterface {
  return typeof exported === 'function' && 'up' in (exported.prototype as object);
}

async function record(file: string, migration: MigrationInterface): Promise<RecordedMigration> {
  const statements: string[] = [];
  const runner = {
    isTransactionActive: migration.transaction !== false,
    query: (sql: string) => {
      // A loop that asks until nothing is left finds nothing the second time.
      const rows = statements.includes(sql) || !/^\s*SELECT\b/i.test(sql) ? [] : [ANY_ROW];
      statements.push(sql);
      return Promise.resolve(rows);
    },
  };
  await migration.up(runner as unknown as QueryRunner);
  return {
    file,
    sql: `${statements.map((sql) => sql.trim().replace(/;$/, '')).join(';\n')};\n`,
    isTransactional: migration.transaction !== false,
  };
}
