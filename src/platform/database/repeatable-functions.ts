import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource, EntityManager } from 'typeorm';
import { LOCK_WAIT_MS } from './migration-locks.js';
import { MigrationRefusedError } from './migration-refused.js';

const INVALID_FUNCTION_DEFINITION = '42P13';

/** A function of the database as `migrations/functions/<schema>.<name>.sql` has it. */
export interface FunctionFile {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** A function file that PostgreSQL refuses; `code` is the server's, so that a lock timeout is retried. */
export class FunctionRefusedError extends MigrationRefusedError {
  readonly code?: string;

  constructor(name: string, cause: Error & { code?: string }) {
    const repair =
      cause.code === INVALID_FUNCTION_DEFINITION
        ? ' Another result or other parameter names need a migration (CONTRIBUTING, "Add or change a function").'
        : '';
    super(`${name}.sql was refused, and no function was changed: ${cause.message}.${repair}`, { cause });
    this.code = cause.code;
  }
}

/** @param folder of the migrations; one without functions has none */
export async function readFunctionFiles(folder: string): Promise<FunctionFile[]> {
  const functions = join(folder, 'functions');
  const files = (await readdir(folder)).includes('functions') ? await readdir(functions) : [];
  return Promise.all(
    files
      .filter((file) => file.endsWith('.sql'))
      .toSorted()
      .map(async (file) => {
        const sql = await readFile(join(functions, file), 'utf8');
        return { name: file.slice(0, -'.sql'.length), sql, checksum: createHash('sha256').update(sql).digest('hex') };
      }),
  );
}

/**
 * Applies the functions whose content is not the one that was applied last: all in one transaction, or none. Calls in
 * progress keep the function that they began with, and no table is locked (ADR 016).
 * @returns the names of the applied functions
 * @throws FunctionRefusedError when PostgreSQL refuses one of them
 */
export function applyChangedFunctions(source: DataSource, files: readonly FunctionFile[]): Promise<string[]> {
  return source.transaction(async (tx) => {
    const applied = await tx.query<{ name: string; checksum: string }[]>(
      'SELECT name, checksum FROM platform.repeatable_migrations',
    );
    const checksums = new Map(applied.map(({ name, checksum }) => [name, checksum]));
    const changed = files.filter(({ name, checksum }) => checksums.get(name) !== checksum);
    await tx.query("SELECT set_config('lock_timeout', $1, true)", [`${LOCK_WAIT_MS}ms`]);
    for (const file of changed) await applyFunction(tx, file);
    // A file that comes back later is applied again, whatever the database did with its function meanwhile.
    await tx.query('DELETE FROM platform.repeatable_migrations WHERE name <> ALL ($1)', [
      files.map(({ name }) => name),
    ]);
    return changed.map(({ name }) => name);
  });
}

async function applyFunction(tx: EntityManager, { name, sql, checksum }: FunctionFile): Promise<void> {
  try {
    await tx.query(sql);
  } catch (error) {
    throw new FunctionRefusedError(name, error as Error);
  }
  await tx.query(
    `INSERT INTO platform.repeatable_migrations (name, checksum) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()`,
    [name, checksum],
  );
}
