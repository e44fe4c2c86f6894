import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LauncherError } from '../machine/launcher-error.js';
import type { ServerHome } from '../machine/service-user.js';
import { baseBackup } from './base-backup.js';
import { emptySlots, isPrimaryFolder } from './member-disk.js';
import type { Member } from './member.js';
import { prepareSlots } from './prepare-primary.js';
import { withSession } from './session.js';

/** The servers in their roles of now. */
interface Followed {
  readonly primary: Member;
  readonly standbys: readonly Member[];
  readonly options: { readonly home: ServerHome; readonly password: string };
}

/** How long a replica may take until it follows the primary; beyond it, it is made anew. */
const STREAMING_TIMEOUT_MS = 15_000;
const STREAMING_POLL_MS = 25;
/** What a replica logs when it can no longer follow: the log that it needs is gone, or its own has diverged. */
const DIVERGED = new RegExp(
  [
    String.raw`requested WAL segment \S+ has already been removed`,
    'database system identifier differs',
    'can no longer access replication slot',
    "is not in this server's history",
    'forked off (from )?current database system timeline',
    'is not a child of',
    'is ahead of the WAL flush position',
  ].join('|'),
);

/**
 * Starts a standby and returns once it streams from the primary; one that cannot is made anew as a copy.
 * @throws LauncherError with the end of its log when even the copy does not follow
 */
export async function followOrCopy(cluster: Followed, standby: Member): Promise<void> {
  if (await follow(cluster, standby)) return;
  await copyAndFollow(cluster, standby);
}

/** Makes a standby's data anew from the running primary, whatever it held, and has it follow. */
export async function copyAndFollow(cluster: Followed, standby: Member): Promise<void> {
  const { home, password } = cluster.options;
  const { primary } = cluster;
  await standby.service.stop();
  refuseUnmarked(standby);
  await prepareSlots(primary.port, password, cluster.standbys);
  await baseBackup(home, primary, standby, password);
  if (await follow(cluster, standby)) return;
  throw new LauncherError(
    `${standby.name} does not follow the primary. The end of its log:\n${standby.service.recentLog()}`,
  );
}

/** True when its log says that it has diverged: it will never follow with the data that it has. */
export function hasDiverged(standby: Member): boolean {
  return DIVERGED.test(standby.service.recentLog());
}

async function follow(cluster: Followed, standby: Member): Promise<boolean> {
  if (!existsSync(standby.folder)) return false;
  refuseUnmarked(standby);
  if (!standby.isRunning) emptySlots(cluster.options.home, standby.folder);
  try {
    await standby.service.start();
  } catch (error) {
    if (error instanceof LauncherError && hasDiverged(standby)) return false;
    throw error;
  }
  return awaitStreaming(cluster, standby);
}

/**
 * A server without the mark of a standby may hold what was acknowledged: it is neither started as a replica nor
 * replaced.
 */
function refuseUnmarked(standby: Member): void {
  if (isPrimaryFolder(standby.folder))
    throw new LauncherError(`${standby.name} was promoted; its data are left alone.`);
}

/**
 * Streaming counts on the timeline of the primary only: one whose log went another way connects again and again on its
 * own.
 */
async function awaitStreaming(cluster: Followed, standby: Member): Promise<boolean> {
  const { password } = cluster.options;
  const deadline = Date.now() + STREAMING_TIMEOUT_MS;
  const timeline = await currentTimeline(cluster);
  return withSession({ port: standby.port, password }, async (client) => {
    while (Date.now() < deadline && standby.isRunning && !hasDiverged(standby)) {
      const { rows } = await client.query<{ received_tli: number }>(
        `SELECT received_tli FROM pg_stat_wal_receiver WHERE status = 'streaming'`,
      );
      if (rows[0]?.received_tli === timeline) return true;
      await wait(STREAMING_POLL_MS);
    }
    return false;
  });
}

async function currentTimeline(cluster: Followed): Promise<number> {
  return withSession({ port: cluster.primary.port, password: cluster.options.password }, async (client) => {
    const { rows } = await client.query<{ segment: string }>('SELECT pg_walfile_name(pg_current_wal_lsn()) AS segment');
    // The first of the three numbers in the name of a log file.
    return Number.parseInt(rows[0]?.segment.slice(0, 8) ?? '', 16);
  });
}
