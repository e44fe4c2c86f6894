import { copyFile, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { handOver, type ServerHome } from '../machine/service-user.js';

/** What belongs to the running server and not to its data; as PostgreSQL's own copy leaves it out. */
const LEFT_OUT = new RegExp(
  [
    String.raw`^postmaster\.(pid|opts)$`,
    String.raw`^(standby|recovery)\.signal$`,
    '^promote$',
    String.raw`^(backup_label|tablespace_map|pg_internal\.init|current_logfiles)`,
  ].join('|'),
);
const TEMPORARY = /^(pgsql_tmp|t\d+_\d+)/;
/** Folders that are needed and whose content is not. */
const EMPTIED = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const CONTROL_FILE = join('global', 'pg_control');
const COPIES_MAX = 8;

/**
 * Copies the data folder of a server that runs, between pg_backup_start and pg_backup_stop: files may change and go
 * meanwhile, the log repairs that. Of the log itself only the history of timelines is copied.
 */
export async function copyRunningData(home: ServerHome, from: string, to: string): Promise<void> {
  const files: string[] = [];
  await copyTree('', { home, from, to, files });
  const queue = files.values();
  const copyQueued = async () => {
    for (const path of queue) await copyOne(home, join(from, path), join(to, path));
  };
  await Promise.all(Array.from({ length: COPIES_MAX }, copyQueued));
  // Last, so that it covers everything that the copies may hold.
  await copyOne(home, join(from, CONTROL_FILE), join(to, CONTROL_FILE));
}

interface Tree {
  readonly home: ServerHome;
  readonly from: string;
  readonly to: string;
  /** Collects what is to be copied. */
  readonly files: string[];
}

async function copyTree(path: string, tree: Tree): Promise<void> {
  await mkdir(join(tree.to, path), { mode: 0o700 });
  handOver(tree.home, join(tree.to, path));
  for (const entry of await readdir(join(tree.from, path), { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (LEFT_OUT.test(entry.name) || TEMPORARY.test(entry.name) || inner === CONTROL_FILE || EMPTIED.has(path))
      continue;
    if (entry.isDirectory()) await copyTree(inner, tree);
    else if (entry.isFile() && (!path.startsWith('pg_wal') || (path === 'pg_wal' && entry.name.endsWith('.history'))))
      tree.files.push(inner);
  }
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
