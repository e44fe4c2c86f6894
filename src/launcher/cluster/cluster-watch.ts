import { setTimeout as wait } from 'node:timers/promises';
import { hasDiverged } from './follow.js';
import { keepMembers } from './keep-members.js';
import { cleanEndOf, isPrimaryFolder } from './member-disk.js';
import type { Member } from './member.js';
import { answerRequest, forgetRequests, takeRequest } from './promote-request.js';
import { followNewPrimary, promote, switchOver, takeOver } from './promotion.js';
import { ReplicationWatch } from './replication-watch.js';
import type { EmbeddedDatabase } from './start-database.js';

const CHECK_EVERY_MS = 200;
const REBUILD_RETRY_MS = 5_000;
const STOP_GRACE_MS = 3_000;

export interface ClusterWatchOptions {
  readonly dataDir: string;
  readonly ending: AbortSignal;
  readonly say: (text: string) => void;
  /** Called whenever process ids or roles changed. */
  readonly changed: () => void;
}

interface Failover {
  readonly promoted: Member;
  /** Were primaries that did not end in order: their data are made anew. */
  readonly copied: ReadonlySet<Member>;
}

/**
 * Watches over the servers while `npm run up` runs. A replica is promoted by SQL, by `pg_ctl`, by our command, or by
 * this watch because the primary is gone for good; each way ends here: a standby whose folder has lost its mark.
 */
export class ClusterWatch {
  private readonly replication: ReplicationWatch;
  private readonly rejoining = new Map<Member, Promise<void>>();
  private running: Promise<void> = Promise.resolve();
  private restart: (member: Member) => void = () => undefined;
  /** A promotion that was seen and is not yet carried through. */
  private failover: Failover | null = null;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly options: ClusterWatchOptions,
  ) {
    this.replication = new ReplicationWatch(database.cluster, options.say, (standby) => this.rejoin(standby, false));
  }

  start(): void {
    const { ending, say, changed } = this.options;
    forgetRequests(this.options.dataDir);
    this.restart = keepMembers(this.database.cluster, {
      ending,
      say,
      changed,
      isReplaced: (member) => member === this.database.cluster.primary && this.promoted() !== undefined,
      replace: () => this.promoteSafeCandidate(),
    });
    this.running = this.run();
  }

  /** Returns when it no longer touches any server, or takes too long for that; abort `ending` before. */
  async stop(): Promise<void> {
    const over = Promise.all([this.running, ...this.rejoining.values()]);
    const timeout = new AbortController();
    await Promise.race([over, wait(STOP_GRACE_MS, undefined, { signal: timeout.signal }).catch(() => undefined)]);
    timeout.abort();
    await this.replication.close();
  }

  private async run(): Promise<void> {
    const { ending, say } = this.options;
    while (!ending.aborted) {
      try {
        await this.check();
      } catch (error) {
        say(`The database could not be supervised: ${(error as Error).message}`);
      }
      await wait(CHECK_EVERY_MS, undefined, { signal: ending }).catch(() => undefined);
    }
  }

  private async check(): Promise<void> {
    if (this.promoted() !== undefined || this.failover !== null) return this.completeFailover();
    const request = takeRequest(this.options.dataDir);
    if (request) return this.carryOut(request.id);
    await this.replication.check();
    for (const standby of this.database.cluster.standbys)
      if (standby.isRunning && hasDiverged(standby)) this.rejoin(standby, true);
  }

  /** A standby that is none any more. */
  private promoted(): Member | undefined {
    return this.database.cluster.standbys.find((standby) => standby.isRunning && isPrimaryFolder(standby.folder));
  }

  private async completeFailover(): Promise<void> {
    const { cluster } = this.database;
    const { say, changed } = this.options;
    this.failover ??= this.beginFailover();
    if (this.failover === null) return;
    const { promoted, copied } = this.failover;
    await takeOver(this.database, promoted);
    this.failover = null;
    say(`${promoted.name} takes the writes.`);
    changed();
    for (const standby of cluster.standbys) this.rejoin(standby, copied.has(standby));
  }

  private beginFailover(): Failover | null {
    const { cluster } = this.database;
    const promoted = this.promoted();
    if (promoted === undefined) return null;
    const former = cluster.primary;
    this.options.say(`${promoted.name} was promoted; it takes the place of ${former.name}.`);
    const rivals = cluster.members.filter((member) => member !== promoted && isPrimaryFolder(member.folder));
    return {
      promoted,
      copied: new Set(rivals.filter((rival) => rival !== former || former.isRunning || endOf(former) === null)),
    };
  }

  /** Brings a standby back in the background: a large database takes its time, and the primary needs our attention. */
  private rejoin(standby: Member, hasOwnLog: boolean): void {
    if (this.rejoining.has(standby)) return;
    const rejoined = this.rejoinUntilDone(standby, hasOwnLog).finally(() => this.rejoining.delete(standby));
    this.rejoining.set(standby, rejoined);
  }

  private async rejoinUntilDone(standby: Member, hasOwnLog: boolean): Promise<void> {
    const { ending, say, changed } = this.options;
    // One that was promoted meanwhile is no standby any more.
    while (!ending.aborted && !isPrimaryFolder(standby.folder)) {
      try {
        await followNewPrimary(this.database, standby, hasOwnLog);
        say(`${standby.name} follows ${this.database.cluster.primary.name}.`);
        return changed();
      } catch (error) {
        if (ending.aborted) return;
        say(`${standby.name} does not follow yet: ${(error as Error).message}`);
      }
      await wait(REBUILD_RETRY_MS, undefined, { signal: ending }).catch(() => undefined);
    }
  }

  private async carryOut(id: string): Promise<void> {
    const answer = (done: boolean, message: string) => answerRequest(this.options.dataDir, { id, done, message });
    const { cluster, console } = this.database;
    const { primary } = cluster;
    try {
      if (primary.isRunning) await this.replication.check();
      const candidate = this.replication.safeCandidate;
      if (candidate === null)
        return answer(
          false,
          'No replica is known to have everything that was acknowledged; promoting one could lose payments. ' +
            'Nothing was changed.',
        );
      if (primary.isRunning) await switchOver(this.database, candidate);
      else await promote(candidate, cluster.options.password);
      await this.completeFailover();
      answer(true, `${candidate.name} is the primary now; ${primary.name} becomes its replica.`);
    } catch (error) {
      answer(false, (error as Error).message);
      // Unless another one is the primary by now, the former one is started again.
      if (this.promoted() === undefined && cluster.primary === primary && !primary.isRunning) this.restart(primary);
    } finally {
      await console.resume().catch(() => undefined);
      this.options.changed();
    }
  }

  private async promoteSafeCandidate(): Promise<boolean> {
    const { cluster } = this.database;
    const { say } = this.options;
    if (this.promoted() !== undefined) return true;
    const candidate = this.replication.safeCandidate;
    if (candidate === null || !candidate.isRunning) {
      say(`${cluster.primary.name} cannot be started, and no replica is known to have everything: none is promoted.`);
      return false;
    }
    say(`${cluster.primary.name} cannot be started; ${candidate.name} has everything and is promoted.`);
    try {
      await promote(candidate, cluster.options.password);
      return true;
    } catch (error) {
      say(`${candidate.name} cannot be promoted: ${(error as Error).message}`);
      return false;
    }
  }
}

function endOf(member: Member): bigint | null {
  try {
    return cleanEndOf(member.folder);
  } catch {
    // A folder that is damaged or gone may be why there was a promotion.
    return null;
  }
}
