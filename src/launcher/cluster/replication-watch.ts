import { isFrozen } from '../machine/process-identity.js';
import type { DatabaseCluster } from './database-cluster.js';
import { isStandbyFolder, isToldToPromote } from './member-disk.js';
import type { Member } from './member.js';
import { ReplicationSession, synchronousNames, type ReplicationReading } from './replication-session.js';
import { StandbyHealth, type StandbyState } from './standby-health.js';

/**
 * Keeps commits waiting for a standby while there is one that keeps up, and lets them go on without when it is gone.
 * Call `look` every few hundred milliseconds, never twice at once.
 */
export class ReplicationWatch {
  private readonly session: ReplicationSession;
  private readonly health = new Map<Member, StandbyHealth>();
  private primary: Member | null = null;

  /** @param bringBack starts a standby again that was taken down here */
  constructor(private readonly cluster: DatabaseCluster, private readonly say: (text: string) => void, private readonly bringBack: (standby: Member) => void) {
    this.session = new ReplicationSession(cluster.options.password);
  }

  /** Looks once, and changes for whom commits wait when that is due. A primary that does not answer is left alone. */
  async look(): Promise<void> {
    const { primary, standbys } = this.cluster;
    if (this.primary !== primary) this.begin(primary);
    if (!primary.isRunning || standbys.length === 0) return this.pause();
    const reading = await this.session.read(primary.port).catch(() => null);
    if (reading === null || this.cluster.primary !== primary) return;
    const states = new Map(standbys.map((standby) => [standby, this.healthOf(standby).observe(reading.standbys.get(standby.slot), reading.flushed, performance.now())]));
    await this.adjust(primary, reading, states);
  }

  /** The standby that has everything that was ever acknowledged, or null: the only one whose promotion loses nothing. */
  get safeSuccessor(): Member | null {
    return this.cluster.standbys.find((standby) => this.healthOf(standby).holdsEverything) ?? null;
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  private async adjust(primary: Member, reading: ReplicationReading, states: ReadonlyMap<Member, StandbyState>): Promise<void> {
    const waitsFor = (standby: Member) => reading.synchronousNames.includes(standby.slot);
    const isForeign = reading.synchronousNames !== '' && ![...states.keys()].some(waitsFor);
    const gone = [...states].filter(([standby, state]) => state === 'gone' && (waitsFor(standby) || isForeign)).map(([standby]) => standby);
    const kept = [...states].filter(([standby, state]) => !gone.includes(standby) && (waitsFor(standby) || state === 'steady')).map(([standby]) => standby);
    if (synchronousNames(kept.map((standby) => standby.slot)) === reading.synchronousNames) return;
    if (isForeign && gone.length === 0) return;
    for (const standby of gone) if (!(await this.mayGoOnWithout(standby, reading))) return;
    await this.session.waitFor(primary.port, kept.map((standby) => standby.slot));
    for (const standby of gone) this.healthOf(standby).released();
    this.say(kept.length === 0
      ? `${gone.map((standby) => standby.name).join(', ')} does not keep up; payments go on without a second copy.`
      : `Whatever is acknowledged is on ${kept.map((standby) => standby.name).join(' or ')}, too.`);
  }

  /**
   * Whether commits may go on without a standby. Never while it might be about to become the primary, or what the old
   * primary acknowledges from then on were lost: one that runs and does not follow is taken down first, to be certain.
   */
  private async mayGoOnWithout(standby: Member, reading: ReplicationReading): Promise<boolean> {
    const { pid } = standby.service;
    const isConnected = reading.standbys.has(standby.slot);
    const takesDown = pid !== null && !isConnected && !isFrozen(pid);
    if (takesDown) await standby.hurryDown();
    const isCertain = isStandbyFolder(standby.folder) && !isToldToPromote(standby.folder);
    if (takesDown) this.bringBack(standby);
    return isCertain;
  }

  private begin(primary: Member): void {
    this.primary = primary;
    this.health.clear();
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
