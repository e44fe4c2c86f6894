import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { LauncherError } from '../machine/launcher-error.js';
import { followOrCopy } from './follow.js';
import { cleanEndOf, markStandby } from './member-disk.js';
import type { Member } from './member.js';
import { prepareSlots } from './prepare-primary.js';
import { withSession } from './session.js';
import type { EmbeddedDatabase } from './start-database.js';

/** A replica further behind than this would make the pause longer than a request waits. */
const BEHIND_MAX_MS = 2_000;
const WHOLE_LOG_TIMEOUT_MS = 10_000;
const PROMOTE_TIMEOUT_S = 15;
const CHECKPOINT_TIMEOUT_MS = 30_000;
const POLL_MS = 25;

export interface SwitchoverOptions {
  /** Aborted once the end begins: no server is started from then on. */
  readonly ending: AbortSignal;
  /** Called whenever process ids or roles changed. */
  readonly changed: () => void;
  /** Goes on trying to start a server that has not started. */
  readonly keepStarting: (member: Member) => void;
}

/**
 * A planned switchover (ADR 013): the primary is stopped in order, a replica that has its whole log takes its place,
 * and the former primary follows it. Transactions wait in the pooler meanwhile.
 */
export class Switchover {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly options: SwitchoverOptions,
  ) {}

  /**
   * Carries it out; never twice at once.
   * @returns a line for the operator
   * @throws LauncherError with one line when it was refused or undone, or when a server does not follow afterwards
   */
  async run(): Promise<string> {
    const { cluster } = this.database;
    const former = cluster.primary;
    const candidate = await this.chooseCandidate();
    const began = performance.now();
    try {
      await this.promote(former, candidate);
    } catch (error) {
      const left = await this.undo(former, candidate);
      throw new LauncherError(`The switchover was undone: ${oneLine(error)}${left}`, { cause: error });
    }
    const left = await this.lead(former, candidate);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    const done = `${candidate.name} is the primary now; transactions waited for ${seconds} s.`;
    try {
      await prepareSlots(candidate.port, cluster.options.password, cluster.standbys);
      for (const standby of cluster.standbys) await this.rejoin(standby);
      if (left !== '') throw new LauncherError(`The pooler does not lead to it yet: ${left}`);
    } catch (error) {
      throw new LauncherError(`${done} ${oneLine(error)}`, { cause: error });
    }
    return `${done} ${former.name} follows it.`;
  }

  /** A replica that has received what the primary has written up to now. Nothing was changed when there is none. */
  private async chooseCandidate(): Promise<Member> {
    const { primary, standbys } = this.database.cluster;
    if (standbys.length === 0)
      throw new LauncherError('There is no replica to promote: BULWARK_REPLICAS is 0. Nothing was changed.');
    const flushed = await this.inSession(primary, CHECKPOINT_TIMEOUT_MS, async (client) => {
      // What is written now need not be written by the shutdown, while transactions wait.
      await client.query('CHECKPOINT');
      return (await client.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn')).rows[0]?.lsn;
    }).catch((error: unknown) => {
      throw new LauncherError(`The primary cannot stop now: ${oneLine(error)} Nothing was changed.`, { cause: error });
    });
    for (const standby of standbys) if (await this.hasReceived(standby, flushed ?? '')) return standby;
    throw new LauncherError(
      `${standbys.map((standby) => standby.name).join(', ')} does not keep up with ${primary.name}, ` +
        `see ${standbys[0]?.service.log.path}. Nothing was changed.`,
    );
  }

  private async hasReceived(standby: Member, position: string): Promise<boolean> {
    if (!standby.isRunning) return false;
    const receives = `SELECT FROM pg_stat_wal_receiver
      WHERE status = 'streaming' AND pg_is_in_recovery() AND pg_last_wal_receive_lsn() >= $1::pg_lsn`;
    return this.awaitRow(standby, receives, position, BEHIND_MAX_MS).catch(() => false);
  }

  private async promote(former: Member, candidate: Member): Promise<void> {
    await this.database.console.pause();
    await former.service.stop();
    const end = cleanEndOf(former.folder);
    if (end === null) throw new LauncherError(`${former.name} did not end in order.`);
    const hasAll = `SELECT WHERE pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0') > $1::numeric`;
    if (!(await this.awaitRow(candidate, hasAll, String(end), WHOLE_LOG_TIMEOUT_MS)))
      throw new LauncherError(`${candidate.name} did not receive all that ${former.name} wrote.`);
    const { rowCount } = await this.inSession(candidate, (PROMOTE_TIMEOUT_S + 5) * 1_000, (client) =>
      client.query('SELECT WHERE pg_promote(true, $1)', [PROMOTE_TIMEOUT_S]),
    );
    if (rowCount !== 1) throw new LauncherError(`${candidate.name} did not become the primary.`);
  }

  /**
   * The promoted server takes the place of the former one, also for a start after a crash.
   * @returns why transactions do not reach it, or nothing; a pooler that is restarted reads where it is
   */
  private async lead(former: Member, candidate: Member): Promise<string> {
    const { cluster, console } = this.database;
    let left = '';
    cluster.recordPrimary(candidate);
    markStandby(cluster.options.home, former.folder);
    await this.database.repoint().catch((error: unknown) => (left = oneLine(error)));
    // Also when that failed: nothing else would end the pause.
    await console.resume().catch((error: unknown) => (left = oneLine(error)));
    this.options.changed();
    return left;
  }

  /** Brings the former primary back. @returns what is left to say about it */
  private async undo(former: Member, candidate: Member): Promise<string> {
    const { console } = this.database;
    let left = '';
    if (!this.options.ending.aborted) {
      // A candidate that was asked already must not become a second primary later.
      if (!former.isRunning) await candidate.service.stop();
      try {
        await former.service.start();
      } catch (error) {
        left = ` ${former.name} does not start again yet: ${oneLine(error)}`;
        this.options.keepStarting(former);
      }
    }
    await console.resume().catch((error: unknown) => (left += ` The pooler does not resume: ${oneLine(error)}`));
    this.options.changed();
    if (left === '' && !candidate.isRunning)
      await this.rejoin(candidate).catch((error: unknown) => (left = ` ${oneLine(error)}`));
    return left;
  }

  private async rejoin(standby: Member): Promise<void> {
    const { cluster } = this.database;
    if (this.options.ending.aborted) return;
    try {
      await standby.service.stop();
      await followOrCopy(cluster, standby);
    } catch (error) {
      throw new LauncherError(
        `${standby.name} does not follow ${cluster.primary.name}: ${oneLine(error)} The next start makes it anew.`,
        { cause: error },
      );
    } finally {
      this.options.changed();
    }
  }

  /** Asks until the statement has a row. @returns false when it has none in time */
  private async awaitRow(member: Member, sql: string, parameter: string, timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    return this.inSession(member, timeoutMs, async (client) => {
      for (;;) {
        if ((await client.query(sql, [parameter])).rowCount === 1) return true;
        if (Date.now() > deadline) return false;
        await wait(POLL_MS);
      }
    });
  }

  private async inSession<T>(member: Member, timeoutMs: number, work: (client: Client) => Promise<T>): Promise<T> {
    const { password } = this.database.cluster.options;
    const options = { port: member.port, password, connectTimeoutMs: timeoutMs, statementTimeoutMs: timeoutMs };
    try {
      return await withSession(options, work);
    } catch (error) {
      throw new LauncherError(`${member.name} does not answer (${(error as Error).message}).`, { cause: error });
    }
  }
}

/** The first line of what went wrong, as a sentence. */
function oneLine(error: unknown): string {
  const [line = ''] = (error as Error).message.split('\n');
  const sentence = line.replace(/ The end of its log:$/, '');
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
