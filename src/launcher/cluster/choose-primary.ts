import { LauncherError } from '../machine/launcher-error.js';

/** What is known of one server before anything runs. */
export interface Candidate {
  readonly name: string;
  readonly exists: boolean;
  readonly isStandby: boolean;
  readonly timeline: number;
}

/**
 * Chooses who may start as the primary. Two folders without the mark of a standby are what a crash in the middle of a
 * promotion leaves: the later timeline was promoted, the other one is fenced. Null when there are no data yet.
 * @param chosenLast breaks a tie: two servers that were promoted at once
 * @throws LauncherError when only standbys are left: an empty new primary would make them throw their data away
 */
export function choosePrimary(candidates: readonly Candidate[], chosenLast: string | null): string | null {
  const existing = candidates.filter((one) => one.exists);
  if (existing.length === 0) return null;
  const primaries = existing.filter((one) => !one.isStandby);
  const latest = Math.max(...primaries.map((one) => one.timeline));
  const first = primaries
    .filter((one) => one.timeline === latest)
    .toSorted((a, b) => Number(b.name === chosenLast) - Number(a.name === chosenLast))[0];
  if (first !== undefined) return first.name;
  const names = existing.map((one) => one.name).join(', ');
  throw new LauncherError(
    `The data folder of the primary is gone; only replicas are left (${names} under servers/). ` +
      'Bring it back, or remove "standby.signal" from the folder of the replica that shall be the primary.',
  );
}
