import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerHome } from '../machine/service-user.js';
import { memberName } from './member.js';
import { clearStaleLock } from './postgres-data.js';

/** How the two folders were called when roles were still fixed. */
const FORMER_NAMES = ['primary', 'replica'];
/** Commits waited for a replica that a monitor chose; without the monitor they would wait for one that is gone. */
const FORMER_WAIT = /^synchronous_standby_names = 'FIRST 1 \(bulwark_.*\n/gm;

/** Gives data that a former version left the form that this one expects; nothing runs on them yet. */
export async function adoptFormerData(home: ServerHome, membersMax: number): Promise<void> {
  for (const [index, former] of FORMER_NAMES.entries()) {
    const folder = join(home.path, former);
    const named = join(home.path, memberName(index + 1));
    if (!existsSync(folder) || existsSync(named)) continue;
    await clearStaleLock(folder);
    rmSync(join(folder, 'postmaster.opts'), { force: true });
    renameSync(folder, named);
  }
  for (let number = 1; number <= membersMax; number += 1) {
    const settings = join(home.path, memberName(number), 'postgresql.auto.conf');
    if (!existsSync(settings)) continue;
    const text = readFileSync(settings, 'utf8');
    if (text.search(FORMER_WAIT) !== -1) writeFileSync(settings, text.replaceAll(FORMER_WAIT, ''));
  }
}
