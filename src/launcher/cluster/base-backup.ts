import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, open, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { handOver, type ServerHome } from '../machine/service-user.js';
import { markStandby } from './member-disk.js';
import type { Member } from './member.js';
import { DRAFT } from './postgres-data.js';
import { withSession } from './session.js';

/** The checkpoint that begins the copy writes everything down that is only in memory. */
const CHECKPOINT_TIMEOUT_MS = 120_000;
/** What belongs to the running server and not to its data; as PostgreSQL's own copy leaves it out. */
const LEFT_OUT = new RegExp(
  [
    String.raw`^postmaster\.(pid|opts)$`,
    String.raw`^(standby|recovery)\.signal$`,
    '^promote$',
    String.raw`^(backup_label|tablespace_map|pg_internal\.init|current_logfiles)`,
    String.raw`^(pgsql_tmp|t\d+_\d+)`,
  ].join('|'),
);
/** Folders that are needed and whose content is not. Of the log itself only the history of timelines is copied. */
const EMPTIED = /^(pg_dynshmem|pg_notify|pg_replslot|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans|pg_wal)$/;
const HISTORY = /^pg_wal.[0-9A-F]{8}\.history$/;
const CONTROL_FILE = join('global', 'pg_control');
const COPIES_MAX = 8;

/**
 * Makes a stopped member's folder anew as a copy of the running primary, whose slot for it must exist by then: the log
 * that the copy needs is kept by it. What the folder held before goes once the copy is complete.
 */
export async function baseBackup(home: ServerHome, source: Member, target: Member, password: string): Promise<void> {
  const draft = `${target.folder}${DRAFT}${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  try {
    await withSession({ port: source.port, password, statementTimeoutMs: CHECKPOINT_TIMEOUT_MS }, async (client) => {
      await client.query('SELECT pg_backup_start($1, true)', [target.name]);
      await copyRunningData(home, source.folder, draft);
      const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
      const label = join(draft, 'backup_label');
      writeFileSync(label, rows[0]?.labelfile ?? '', { mode: 0o600 });
      handOver(home, label);
    });
    markStandby(home, draft);
    rmSync(target.folder, { recursive: true, force: true });
    renameSync(draft, target.folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Copies the data folder of a server that runs, between pg_backup_start and pg_backup_stop: files may change and go
 * meanwhile, the log repairs that.
 */
export async function copyRunningData(home: ServerHome, from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const kept = entries
    .map((entry) => ({ entry, path: join(relative(from, entry.parentPath), entry.name) }))
    .filter(({ path }) => isCopied(path));
  await makeFolder(home, to);
  // A folder is listed before what is in it.
  for (const { entry, path } of kept) if (entry.isDirectory()) await makeFolder(home, join(to, path));
  const files = kept.filter(({ entry, path }) => entry.isFile() && path !== CONTROL_FILE).values();
  const copyQueued = async () => {
    for (const { path } of files) await copyOne(home, join(from, path), join(to, path));
  };
  await Promise.all(Array.from({ length: COPIES_MAX }, copyQueued));
  // Last, so that it covers everything that the copies may hold.
  await copyOne(home, join(from, CONTROL_FILE), join(to, CONTROL_FILE));
}

function isCopied(path: string): boolean {
  const parts = path.split(sep);
  if (parts.some((part) => LEFT_OUT.test(part))) return false;
  return parts.length === 1 || !EMPTIED.test(parts[0] ?? '') || HISTORY.test(path);
}

async function makeFolder(home: ServerHome, path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  handOver(home, path);
}

async function copyOne(home: ServerHome, from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    // A table that was dropped since; the log says so as well.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  handOver(home, to);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
