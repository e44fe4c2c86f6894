import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresBinaries } from '../embedded/postgres-binaries.js';
import { primarySettings, replicaSettings } from '../embedded/postgres-settings.js';
import { postgresDefinition, SUPERUSER } from '../embedded/postgres.js';
import type { ServiceDefinition, ServiceProcess } from '../embedded/service-process.js';
import { writeSecret, type ServerHome } from '../machine/service-user.js';
import { followOrCopy } from './follow.js';
import { isPrimaryFolder, isStandbyFolder, markStandby, timelineOf } from './member-disk.js';
import { Member, memberName } from './member.js';
import { clearStaleLock, ensurePrimaryData } from './postgres-data.js';
import { prepareDatabase, prepareSlots } from './prepare-primary.js';
import { choosePrimary, readPrimary, writePrimary } from './which-primary.js';

/** Numbers of data folders that may exist: with a switchover behind it, the primary may be any of them. */
export const MEMBERS_MAX = 4;
const PASSFILE = 'replica.pass';

export interface ClusterOptions {
  readonly home: ServerHome;
  readonly binaries: PostgresBinaries;
  readonly password: string;
  readonly connectionsMax: number;
  readonly replicas: number;
  /** Makes the process of a server; the place is 0 for the first primary, then its replicas. */
  readonly make: (definition: ServiceDefinition, place: number) => ServiceProcess;
}

/** One primary and its streaming replicas, of which each can become the primary. */
export class DatabaseCluster {
  readonly members: readonly Member[];
  private current: Member;

  constructor(readonly options: ClusterOptions) {
    const { home, replicas } = options;
    const numbers = Array.from({ length: MEMBERS_MAX }, (_, index) => index + 1);
    const candidates = numbers.map((number) => {
      const folder = join(home.path, memberName(number));
      return { name: memberName(number), exists: existsSync(folder), isStandby: isStandbyFolder(folder) };
    });
    const chosen = choosePrimary(candidates, readPrimary(home)) ?? memberName(1);
    const ordered = numbers.toSorted(
      (a, b) => Number(memberName(b) === chosen) - Number(memberName(a) === chosen) || a - b,
    );
    const members = ordered
      .slice(0, replicas + 1)
      .map((number, place) => new Member(number, home, (member) => options.make(this.definitionOf(member), place)));
    this.current = members[0] as Member;
    this.members = members.toSorted((a, b) => a.number - b.number);
  }

  get primary(): Member {
    return this.current;
  }

  /** In the order of their numbers. */
  get standbys(): readonly Member[] {
    return this.members.filter((member) => member !== this.current);
  }

  /**
   * Starts all servers, made from nothing at the first start; returns once every replica streams.
   * @throws LauncherError with the log of the server that does not start
   */
  async start(): Promise<void> {
    const { home, binaries, password } = this.options;
    const { primary, standbys } = this;
    writeSecret(home, PASSFILE, `127.0.0.1:*:*:${SUPERUSER}:${password}\n`);
    await ensurePrimaryData(primary.folder, home, binaries, password);
    for (const standby of standbys) await this.ensureStandbyFolder(standby);
    await primary.service.start();
    this.recordPrimary(primary);
    await prepareDatabase(primary.port, password);
    await prepareSlots(primary.port, password, standbys);
    const outcomes = await Promise.allSettled(standbys.map((standby) => followOrCopy(this, standby)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Records the primary for all that is started from now on; survives a crash. */
  recordPrimary(member: Member): void {
    this.current = member;
    writePrimary(this.options.home, member.name);
  }

  /**
   * A former primary becomes a standby. One that went on by itself (it was promoted, and not by a switchover) may hold
   * what its user wants to see again: its folder is kept beside, and the replica is made anew.
   */
  private async ensureStandbyFolder(standby: Member): Promise<void> {
    await clearStaleLock(standby.folder);
    if (!isPrimaryFolder(standby.folder)) return;
    if (timelineOf(standby.folder) > timelineOf(this.primary.folder))
      renameSync(standby.folder, `${standby.folder}.promoted-${Date.now()}`);
    else markStandby(this.options.home, standby.folder);
  }

  private definitionOf(member: Member): ServiceDefinition {
    const { home, binaries, connectionsMax } = this.options;
    const settings = () =>
      member === this.current
        ? primarySettings(connectionsMax)
        : replicaSettings({
            primaryPort: this.current.port,
            user: SUPERUSER,
            passfile: join(home.path, PASSFILE),
            slot: member.slot,
          });
    return postgresDefinition({ name: member.name, folder: member.folder, home, binaries, settings });
  }
}
