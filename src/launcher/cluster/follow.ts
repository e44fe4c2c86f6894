import { setTimeout as wait } from 'node:timers/promises';
import { LauncherError } from '../machine/launcher-error.js';
import type { ServerHome } from '../machine/service-user.js';
import { baseBackup } from './base-backup.js';
import { emptySlots, isStandbyFolder, timelineOf } from './member-disk.js';
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
    'is behind recovery timeline',
  ].join('|'),
);

/**
 * Starts a stopped standby and returns once it streams from the primary. One whose log has left that of the primary, or
 * that has no data, is made as a copy of the running primary.
 * @throws LauncherError with the end of its log when even the copy does not follow
 */
export async function followOrCopy(cluster: Followed, standby: Member): Promise<void> {
  const { home, password } = cluster.options;
  const { primary } = cluster;
  // Each promotion begins a timeline: one that the primary does not have is another server's.
  const isOfPrimary = timelineOf(standby.folder) <= timelineOf(primary.folder);
  if (isStandbyFolder(standby.folder) && isOfPrimary && (await follow(cluster, standby))) return;
  await standby.service.stop();
  await prepareSlots(primary.port, password, cluster.standbys);
  await baseBackup(home, primary, standby, password);
  if (await follow(cluster, standby)) return;
  throw new LauncherError(
    `${standby.name} does not follow the primary. The end of its log:\n${standby.service.recentLog()}`,
  );
}

async function follow(cluster: Followed, standby: Member): Promise<boolean> {
  if (!standby.isRunning) emptySlots(cluster.options.home, standby.folder);
  try {
    await standby.service.start();
  } catch (error) {
    if (error instanceof LauncherError && hasDiverged(standby)) return false;
    throw error;
  }
  return awaitStreaming(cluster, standby);
}

function hasDiverged(standby: Member): boolean {
  return DIVERGED.test(standby.service.recentLog());
}

/** Only streaming on the primary's timeline counts: one that has diverged connects again and again on its own. */
async function awaitStreaming({ primary, options: { password } }: Followed, standby: Member): Promise<boolean> {
  const deadline = Date.now() + STREAMING_TIMEOUT_MS;
  const timeline = timelineOf(primary.folder);
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
