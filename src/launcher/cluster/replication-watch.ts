import { isFrozen } from '../machine/process-identity.js';
import type { DatabaseCluster } from './database-cluster.js';
import { isStandbyFolder, hasPromoteSignal } from './member-disk.js';
import type { Member } from './member.js';
import { ReplicationSession, waitsFor, type ReplicationReading } from './replication-session.js';
import { StandbyHealth, type StandbyState } from './standby-health.js';

/** What a server logs once it has a request to become the primary. */
const PROMOTING = /received promote request/;
const PROMOTION_MAX_MS = 30_000;

/**
 * Keeps commits waiting for a standby while there is one that keeps up, and lets them go on without when it is gone.
 * It is always one, the first that keeps up: with a second in reserve, the primary would go on by itself in the very
 * moment in which the first one is promoted, and acknowledge what the new primary has never seen.
 * Call `check` every few hundred milliseconds, never twice at once.
 */
export class ReplicationWatch {
  private readonly session: ReplicationSession;
  private readonly health = new Map<Member, StandbyHealth>();
  private readonly promotingSince = new Map<Member, number>();
  private primary: Member | null = null;

  /** @param bringBack starts a standby again that was taken down here */
  constructor(
    private readonly cluster: DatabaseCluster,
    private readonly say: (text: string) => void,
    private readonly bringBack: (standby: Member) => void,
  ) {
    this.session = new ReplicationSession(cluster.options.password);
  }

  /**
   * Checks once, and changes which standby commits wait for when that is due. A primary that does not answer is left
   * alone.
   */
  async check(): Promise<void> {
    const { primary, standbys } = this.cluster;
    if (this.primary !== primary) this.begin(primary);
    if (!primary.isRunning || standbys.length === 0) return this.pause();
    const reading = await this.session.read(primary.port).catch(() => null);
    if (reading === null || this.cluster.primary !== primary) return;
    const states = new Map(
      standbys.map((standby) => [
        standby,
        this.healthOf(standby).observe(reading.standbys.get(standby.slot), reading.flushed, performance.now()),
      ]),
    );
    await this.adjust(primary, reading, states);
  }

  /**
   * The standby that has everything that was ever acknowledged, or null: the only one whose promotion loses nothing.
   */
  get safeCandidate(): Member | null {
    return this.cluster.standbys.find((standby) => this.healthOf(standby).holdsEverything) ?? null;
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  private async adjust(
    primary: Member,
    reading: ReplicationReading,
    states: ReadonlyMap<Member, StandbyState>,
  ): Promise<void> {
    const current = [...states.keys()].find((standby) => waitsFor(reading, standby)) ?? null;
    const isForeign = current === null && reading.synchronousNames !== '';
    const wanted =
      [...states].find(([standby, state]) => state === 'steady' || (standby === current && state !== 'gone'))?.[0] ??
      null;
    // A choice made by another session stays for as long as it can be met.
    if (wanted === current ? !isForeign : isForeign && wanted !== null) return;
    const left = isForeign ? [...states.keys()] : current === null ? [] : [current];
    for (const standby of left) {
      if (
        states.get(standby) === 'unsettled' ||
        (states.get(standby) === 'gone' && !(await this.mayGoOnWithout(standby, reading)))
      )
        return;
    }
    await this.session.waitFor(primary.port, wanted?.slot ?? null);
    for (const standby of left) this.healthOf(standby).released();
    this.say(
      wanted === null
        ? `${left.map((standby) => standby.name).join(', ')} does not keep up; payments go on without a second copy.`
        : `Whatever is acknowledged is on ${wanted.name}, too.`,
    );
  }

  /**
   * Whether commits may go on without a standby. Never while it might be about to become the primary, or what the old
   * primary acknowledges from then on were lost: one that runs and does not follow is taken down first, to be certain.
   */
  private async mayGoOnWithout(standby: Member, reading: ReplicationReading): Promise<boolean> {
    if (this.isPromoting(standby)) return false;
    const { pid } = standby.service;
    const isConnected = reading.standbys.has(standby.slot);
    const takesDown = pid !== null && !isConnected && !isFrozen(pid);
    if (takesDown) await standby.shutDownFast();
    const isCertain = isStandbyFolder(standby.folder) && !hasPromoteSignal(standby.folder);
    if (takesDown) this.bringBack(standby);
    return isCertain;
  }

  /** One with a request to become the primary is given time for it: all commits wait for the new one then. */
  private isPromoting(standby: Member): boolean {
    if (!standby.isRunning || !PROMOTING.test(standby.service.recentLog())) {
      this.promotingSince.delete(standby);
      return false;
    }
    const since = this.promotingSince.get(standby) ?? performance.now();
    this.promotingSince.set(standby, since);
    return performance.now() - since < PROMOTION_MAX_MS;
  }

  private begin(primary: Member): void {
    this.primary = primary;
    this.health.clear();
    this.promotingSince.clear();
  }

  private async pause(): Promise<void> {
    for (const health of this.health.values()) health.restarted();
    await this.session.close();
  }

  private healthOf(standby: Member): StandbyHealth {
    const known = this.health.get(standby);
    if (known) return known;
    const made = new StandbyHealth();
    this.health.set(standby, made);
    return made;
  }
}
