import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresBinaries } from '../embedded/postgres-binaries.js';
import { clearStaleLock, ensurePrimaryData, ensureReplicaData, removeDrafts } from './postgres-data.js';
import { primarySettings, replicaSettings } from '../embedded/postgres-settings.js';
import { postgresDefinition, SUPERUSER } from '../embedded/postgres.js';
import type { ServiceDefinition, ServiceProcess } from '../embedded/service-process.js';
import { writeSecret, type ServerHome } from '../machine/service-user.js';
import { choosePrimary } from './choose-primary.js';
import { copyAndFollow, followOrCopy } from './follow.js';
import { isPrimaryFolder, isStandbyFolder, markStandby, timelineOf } from './member-disk.js';
import { Member, memberName } from './member.js';
import { prepareDatabase, prepareSlots } from './prepare-primary.js';
import { readLastPrimary, writeLastPrimary } from './topology-file.js';

/** Numbers of data folders that may exist: with a promotion behind it, the primary may be any of them. */
const MEMBERS_MAX = 4;
/** How the two folders were called when roles were still fixed. */
const FORMER_NAMES = ['primary', 'replica'];
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
    const folderOf = (number: number) => join(home.path, memberName(number));
    const numbers = Array.from({ length: MEMBERS_MAX }, (_, index) => index + 1);
    const candidates = numbers.map((number) => ({
      name: memberName(number),
      exists: existsSync(folderOf(number)),
      isStandby: isStandbyFolder(folderOf(number)),
      timeline: timelineOf(folderOf(number)),
    }));
    const chosen = choosePrimary(candidates, readLastPrimary(home)) ?? memberName(1);
    const ordered = numbers.toSorted(
      (a, b) => Number(memberName(b) === chosen) - Number(memberName(a) === chosen) || a - b,
    );
    const members = ordered.slice(0, replicas + 1).map((number) => new Member(number, home));
    this.current = members[0] as Member;
    for (const [place, member] of members.entries()) member.service = options.make(this.definitionOf(member), place);
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
   * Starts all servers, made from nothing at the first start; returns once every replica streams. One that cannot
   * follow any more is made anew from the primary.
   * @throws LauncherError with the log of the server that does not start
   */
  async start(): Promise<void> {
    const { home, binaries, password } = this.options;
    const { primary, standbys } = this;
    writeSecret(home, PASSFILE, `127.0.0.1:*:*:${SUPERUSER}:${password}\n`);
    await ensurePrimaryData(primary.folder, home, binaries, password);
    const former = standbys.filter((standby) => isPrimaryFolder(standby.folder));
    for (const standby of standbys) await this.ensureStandbyData(standby);
    await primary.service.start();
    writeLastPrimary(home, primary.name);
    await prepareDatabase(primary.port, password);
    await prepareSlots(primary.port, password, standbys);
    const outcomes = await Promise.allSettled(
      standbys.map((standby) =>
        former.includes(standby) ? copyAndFollow(this, standby) : followOrCopy(this, standby),
      ),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Records another server as the primary, for all that is started from now on; survives a crash. */
  recordPrimary(member: Member): void {
    this.current = member;
    writeLastPrimary(this.options.home, member.name);
  }

  private async ensureStandbyData(standby: Member): Promise<void> {
    const { home } = this.options;
    if (isPrimaryFolder(standby.folder)) {
      // A former primary that was never made a replica: what it holds beyond the promotion was never acknowledged.
      await clearStaleLock(standby.folder);
      markStandby(home, standby.folder);
    }
    await ensureReplicaData(standby.folder, this.primary.folder, home);
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

/**
 * Readies the folder of all servers for a start: what was left half done goes, folders of former versions get their
 * names.
 */
export async function tidyServers(home: ServerHome): Promise<void> {
  removeDrafts(home);
  for (const [index, former] of FORMER_NAMES.entries()) {
    const folder = join(home.path, former);
    const named = join(home.path, memberName(index + 1));
    if (!existsSync(folder) || existsSync(named)) continue;
    await clearStaleLock(folder);
    rmSync(join(folder, 'postmaster.opts'), { force: true });
    renameSync(folder, named);
  }
}
