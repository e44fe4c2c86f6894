import { Backoff } from '../supervision/backoff.js';
import type { DatabaseCluster } from './database-cluster.js';
import type { Member } from './member.js';

/** A primary that fails to start so many times in a row has to be replaced. */
const PRIMARY_ATTEMPTS_MAX = 3;

export interface KeepMembersOptions {
  /** Aborted once the end begins: nothing is restarted from then on. */
  readonly ending: AbortSignal;
  readonly say: (text: string) => void;
  /** Called whenever process ids changed. */
  readonly changed: () => void;
  /** Asked before each start of a primary: true when another server has taken its place meanwhile. */
  readonly isReplaced: (primary: Member) => boolean;
  /** Called when the primary cannot be started; true when another server takes its place. */
  readonly replace: (primary: Member) => Promise<boolean>;
}

/**
 * Restarts servers that end by themselves, on their ports, with growing pauses, until another part of the launcher
 * claims them. The answer does the same for one that was ended on purpose and shall come back.
 */
export function keepMembers(cluster: DatabaseCluster, options: KeepMembersOptions): (member: Member) => void {
  const backoffs = new Map(cluster.members.map((member) => [member, new Backoff()]));
  const restartMember = (member: Member) =>
    void restart({ cluster, member, backoff: backoffs.get(member) ?? new Backoff(), options });
  for (const member of cluster.members) {
    backoffs.get(member)?.started();
    member.service.onUnexpectedExit(() => {
      if (!options.ending.aborted) options.say(`${member.name} ended unexpectedly; starting it again.`);
      restartMember(member);
    });
  }
  return restartMember;
}

interface Restart {
  readonly cluster: DatabaseCluster;
  readonly member: Member;
  readonly backoff: Backoff;
  readonly options: KeepMembersOptions;
}

async function restart({ cluster, member, backoff, options }: Restart): Promise<void> {
  const { ending, say, changed } = options;
  if (ending.aborted) return;
  changed();
  const claim = member.claim();
  const isMine = () => !ending.aborted && member.claimed === claim;
  for (let failures = 0; ;) {
    await backoff.pause(ending);
    if (!isMine() || options.isReplaced(member)) return;
    try {
      await member.service.start();
      backoff.started();
      say(`${member.name} is back.`);
      return changed();
    } catch (error) {
      if (!isMine()) return;
      failures += 1;
      say(`${member.name} does not start: ${(error as Error).message}`);
    }
    if (failures >= PRIMARY_ATTEMPTS_MAX && member === cluster.primary && (await options.replace(member))) return;
  }
}
