import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DRAFT } from './postgres-data.js';
import { handOver, type ServerHome } from '../machine/service-user.js';
import { copyRunningData } from './copy-running-data.js';
import { forgetSynchronousNames, markStandby } from './member-disk.js';
import type { Member } from './member.js';
import { withSession } from './session.js';

/** The checkpoint that begins the copy writes everything down that is only in memory. */
const CHECKPOINT_TIMEOUT_MS = 120_000;

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
    forgetSynchronousNames(draft);
    markStandby(home, draft);
    rmSync(target.folder, { recursive: true, force: true });
    renameSync(draft, target.folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}
