import { setTimeout as wait } from 'node:timers/promises';
import { LauncherError } from '../machine/launcher-error.js';
import { copyAndFollow, followOrCopy } from './follow.js';
import { cleanEndOf, isPrimaryFolder, markStandby } from './member-disk.js';
import type { Member } from './member.js';
import { prepareDatabase, prepareSlots } from './prepare-primary.js';
import { withSession } from './session.js';
import type { EmbeddedDatabase } from './start-database.js';

const PROMOTE_TIMEOUT_S = 30;
const WRITABLE_TIMEOUT_MS = 60_000;
const CAUGHT_UP_TIMEOUT_MS = 10_000;
const POLL_MS = 25;

/** Asks a standby to become the primary; returns when it takes writes. */
export async function promote(standby: Member, password: string): Promise<void> {
  await withSession(
    { port: standby.port, password, statementTimeoutMs: (PROMOTE_TIMEOUT_S + 5) * 1_000 },
    async (client) => {
      const { rows } = await client.query<{ done: boolean }>('SELECT pg_promote(true, $1) AS done', [
        PROMOTE_TIMEOUT_S,
      ]);
      if (rows[0]?.done !== true)
        throw new LauncherError(`${standby.name} did not become the primary within ${PROMOTE_TIMEOUT_S} s.`);
    },
  );
}

/**
 * Takes over what a promotion left behind: no other server is a primary from here on, also not after a crash, and
 * the pooler sends writes to the promoted one. Returns once it takes writes; repeating it after a failure is safe.
 * The replicas do not follow it yet.
 */
export async function takeOver(database: EmbeddedDatabase, promoted: Member): Promise<void> {
  const { cluster } = database;
  const { home, password } = cluster.options;
  cluster.recordPrimary(promoted);
  for (const rival of cluster.standbys.filter((standby) => isPrimaryFolder(standby.folder))) {
    // The mark first: whatever starts it from now on starts a standby.
    markStandby(home, rival.folder);
    await rival.fence();
  }
  await awaitWritable(promoted, password);
  await prepareDatabase(promoted.port, password);
  await database.repoint();
  await prepareSlots(promoted.port, password, cluster.standbys);
}

/**
 * Has a standby follow the primary of now. One that was a primary itself and was not ended in order has a log that may
 * hold what no other server has, so that its data are made anew; any other continues with what it has.
 */
export async function followNewPrimary(database: EmbeddedDatabase, standby: Member, hasOwnLog: boolean): Promise<void> {
  const { cluster } = database;
  standby.claim();
  await standby.service.stop();
  if (hasOwnLog) await copyAndFollow(cluster, standby);
  else await followOrCopy(cluster, standby);
}

/**
 * Ends the primary in order and promotes a standby that has all of it. Transactions are held back in the pooler
 * meanwhile.
 * @throws LauncherError when the standby did not get everything; the primary may be started again then
 */
export async function switchOver(database: EmbeddedDatabase, candidate: Member): Promise<void> {
  const { cluster } = database;
  const { primary } = cluster;
  primary.claim();
  // A transaction that does not end in time is cut off by the shutdown, as if the server had died.
  await database.console.pause().catch(() => undefined);
  await primary.service.stop();
  await awaitEverything(primary, candidate, cluster.options.password);
  await promote(candidate, cluster.options.password);
}

async function awaitEverything(primary: Member, candidate: Member, password: string): Promise<void> {
  const end = cleanEndOf(primary.folder);
  if (end === null) throw new LauncherError(`${primary.name} did not end in order.`);
  const deadline = Date.now() + CAUGHT_UP_TIMEOUT_MS;
  const behind = await withSession({ port: candidate.port, password }, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ received: string }>(
        `SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::text AS received`,
      );
      if (BigInt(rows[0]?.received ?? 0) > end) return false;
      if (Date.now() > deadline) return true;
      await wait(POLL_MS);
    }
  });
  if (behind) throw new LauncherError(`${candidate.name} did not get all that ${primary.name} wrote.`);
}

async function awaitWritable(promoted: Member, password: string): Promise<void> {
  const deadline = Date.now() + WRITABLE_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const writable = await withSession({ port: promoted.port, password }, async (client) => {
      const { rows } = await client.query<{ recovering: boolean }>('SELECT pg_is_in_recovery() AS recovering');
      return rows[0]?.recovering === false;
    }).catch(() => false);
    if (writable) return;
    await wait(POLL_MS);
  }
  throw new LauncherError(
    `${promoted.name} was promoted, but takes no writes. The end of its log:\n${promoted.service.recentLog()}`,
  );
}
