import { setTimeout as wait } from 'node:timers/promises';
import { cannotFollow } from './follow.js';
import { keepMembers } from './keep-members.js';
import { cleanEndOf, isPrimaryFolder } from './member-disk.js';
import type { Member } from './member.js';
import { answerRequest, forgetRequests, takeRequest } from './promote-request.js';
import { followNewPrimary, promote, switchOver, takeOver } from './promotion.js';
import { ReplicationWatch } from './replication-watch.js';
import type { EmbeddedDatabase } from './start-database.js';

const LOOK_EVERY_MS = 200;
const REBUILD_RETRY_MS = 5_000;
const STOP_GRACE_MS = 3_000;

export interface ClusterWatchOptions {
  readonly dataDir: string;
  readonly ending: AbortSignal;
  readonly say: (text: string) => void;
  /** Called whenever process ids or roles changed. */
  readonly changed: () => void;
}

interface Succession {
  readonly promoted: Member;
  /** Were primaries that did not end in order: their data are made anew. */
  readonly copied: ReadonlySet<Member>;
}

/**
 * Watches over the servers while `npm run up` runs. Whoever promotes a replica (SQL, `pg_ctl`, our command, or this
 * watch because the primary is gone for good), all converge here: a standby whose folder has lost its mark.
 */
export class ClusterWatch {
  private readonly replication: ReplicationWatch;
  private readonly mending = new Map<Member, Promise<void>>();
  private running: Promise<void> = Promise.resolve();
  private revive: (member: Member) => void = () => undefined;
  /** A promotion that was seen and is not yet carried through. */
  private succession: Succession | null = null;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly options: ClusterWatchOptions,
  ) {
    this.replication = new ReplicationWatch(database.cluster, options.say, (standby) => this.mend(standby, false));
  }

  start(): void {
    const { ending, say, changed } = this.options;
    forgetRequests(this.options.dataDir);
    this.revive = keepMembers(this.database.cluster, {
      ending,
      say,
      changed,
      isReplaced: (member) => member === this.database.cluster.primary && this.promoted() !== undefined,
      replace: () => this.promoteSafeSuccessor(),
    });
    this.running = this.run();
  }

  /** Returns when it no longer touches any server, or takes too long for that; abort `ending` before. */
  async stop(): Promise<void> {
    const over = Promise.all([this.running, ...this.mending.values()]);
    const patience = new AbortController();
    await Promise.race([over, wait(STOP_GRACE_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    await this.replication.close();
  }

  private async run(): Promise<void> {
    const { ending, say } = this.options;
    while (!ending.aborted) {
      try {
        await this.look();
      } catch (error) {
        say(`The database could not be looked after: ${(error as Error).message}`);
      }
      await wait(LOOK_EVERY_MS, undefined, { signal: ending }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    if (this.promoted() !== undefined || this.succession !== null) return this.succeed();
    const request = takeRequest(this.options.dataDir);
    if (request) return this.carryOut(request.id);
    await this.replication.look();
    for (const standby of this.database.cluster.standbys)
      if (standby.isRunning && cannotFollow(standby)) this.mend(standby, true);
  }

  /** A standby that is none any more. */
  private promoted(): Member | undefined {
    return this.database.cluster.standbys.find((standby) => standby.isRunning && isPrimaryFolder(standby.folder));
  }

  private async succeed(): Promise<void> {
    const { cluster } = this.database;
    const { say, changed } = this.options;
    this.succession ??= this.beginSuccession();
    if (this.succession === null) return;
    const { promoted, copied } = this.succession;
    await takeOver(this.database, promoted);
    this.succession = null;
    say(`${promoted.name} takes the writes.`);
    changed();
    for (const standby of cluster.standbys) this.mend(standby, copied.has(standby));
  }

  private beginSuccession(): Succession | null {
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
  private mend(standby: Member, hasOwnLog: boolean): void {
    if (this.mending.has(standby)) return;
    const mended = this.mendUntilDone(standby, hasOwnLog).finally(() => this.mending.delete(standby));
    this.mending.set(standby, mended);
  }

  private async mendUntilDone(standby: Member, hasOwnLog: boolean): Promise<void> {
    const { ending, say, changed } = this.options;
    // Whoever was promoted meanwhile is no standby any more.
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
      if (primary.isRunning) await this.replication.look();
      const successor = this.replication.safeSuccessor;
      if (successor === null)
        return answer(
          false,
          'No replica is known to have everything that was acknowledged; promoting one could lose payments. Nothing was changed.',
        );
      if (primary.isRunning) await switchOver(this.database, successor);
      else await promote(successor, cluster.options.password);
      await this.succeed();
      answer(true, `${successor.name} is the primary now; ${primary.name} becomes its replica.`);
    } catch (error) {
      answer(false, (error as Error).message);
      // Unless another one is the primary by now, the former one goes on.
      if (this.promoted() === undefined && cluster.primary === primary && !primary.isRunning) this.revive(primary);
    } finally {
      await console.resume().catch(() => undefined);
      this.options.changed();
    }
  }

  private async promoteSafeSuccessor(): Promise<boolean> {
    const { cluster } = this.database;
    const { say } = this.options;
    if (this.promoted() !== undefined) return true;
    const successor = this.replication.safeSuccessor;
    if (successor === null || !successor.isRunning) {
      say(`${cluster.primary.name} cannot be started, and no replica is known to have everything: none is promoted.`);
      return false;
    }
    say(`${cluster.primary.name} cannot be started; ${successor.name} has everything and is promoted.`);
    try {
      await promote(successor, cluster.options.password);
      return true;
    } catch (error) {
      say(`${successor.name} cannot be promoted: ${(error as Error).message}`);
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
