import { readFile } from 'node:fs/promises';
import type { QueryRunner } from 'typeorm';

/**
 * Applies functions within a migration's own transaction: for a trigger that needs them, or where a table and a
 * function have to change together. All others are applied after the migrations, when their content has changed (ADR
 * 016).
 * @param names such as `catalog.fill_search`
 */
export async function applyFunctions(runner: QueryRunner, ...names: string[]): Promise<void> {
  for (const name of names) await runner.query(await readFile(new URL(`${name}.sql`, import.meta.url), 'utf8'));
}
