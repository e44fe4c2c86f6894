import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ROOT } from '../source-files.js';
import type { RecordedMigration } from './recorded-migrations.js';

/** The oldest version that we support. */
const POSTGRES_VERSION = '15.0';

/** Rules that do not fit here, each with the reason. */
export const SWITCHED_OFF: Readonly<Record<string, string>> = {
  'require-lock-timeout': 'The runner sets it before every migration (migration-locks.ts).',
  'require-statement-timeout': 'Who waits for a lock is bounded; a backfill may take its time.',
  'prefer-bigint-over-int': 'Small numbers have small types; money and counts are bigint.',
  'prefer-bigint-over-smallint': 'The same.',
  'prefer-identity': 'A matter of taste that has nothing to do with downtime.',
  'ban-char-field': 'Currency codes have exactly three letters, and the type says so.',
  'prefer-robust-stmts': 'A migration is one transaction; outside of one the runner clears what a failed build left.',
};

export interface Finding {
  file: string;
  rule: string;
  line: number;
  message: string;
}

/**
 * What squawk finds dangerous for a running application.
 * @throws Error when squawk itself fails
 */
export function squawk(migrations: readonly RecordedMigration[]): Finding[] {
  return [true, false].flatMap((isTransactional) =>
    lint(
      migrations.filter((migration) => migration.isTransactional === isTransactional),
      isTransactional,
    ),
  );
}

function lint(migrations: readonly RecordedMigration[], isTransactional: boolean): Finding[] {
  if (migrations.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-squawk-'));
  try {
    const paths = migrations.map(({ file, sql }) => {
      const path = join(folder, `${basename(file)}.sql`);
      writeFileSync(path, sql);
      return path;
    });
    const fileOf = new Map(migrations.map(({ file }) => [`${basename(file)}.sql`, file]));
    const options = [
      '--reporter',
      'json',
      '--pg-version',
      POSTGRES_VERSION,
      `--exclude=${Object.keys(SWITCHED_OFF).join(',')}`,
      ...(isTransactional ? ['--assume-in-transaction'] : []),
    ];
    const { stdout, stderr, error } = spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules/squawk-cli/js/bin/squawk'), ...options, ...paths],
      { encoding: 'utf8', cwd: folder },
    );
    if (error ?? !stdout.trim().startsWith('[')) throw new Error(`squawk did not run: ${error?.message ?? stderr}`);
    const found = JSON.parse(stdout) as { file: string; rule_name: string; line: number; message: string }[];
    return found.map(({ file, rule_name: rule, line, message }) => ({
      file: fileOf.get(basename(file)) ?? file,
      rule,
      line,
      message,
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
