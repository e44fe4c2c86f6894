import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LauncherError } from '../machine/launcher-error.js';
import type { ServerHome } from '../machine/service-user.js';
import { writePrivateFile } from '../machine/write-private-file.js';

const FILE = 'topology.json';

/** What is known of one server before anything runs. */
export interface Candidate {
  readonly name: string;
  readonly exists: boolean;
  readonly isStandby: boolean;
}

/**
 * Chooses who starts as the primary; null when there are no data yet. Of several that could it is the recorded one: a
 * switchover records the new primary before the pooler leads anything to it, so the other one has no acknowledged
 * write of its own.
 * @throws LauncherError when only standbys are left: an empty new primary would make them throw their data away
 */
export function choosePrimary(candidates: readonly Candidate[], recorded: string | null): string | null {
  const existing = candidates.filter((one) => one.exists);
  if (existing.length === 0) return null;
  const primaries = existing.filter((one) => !one.isStandby);
  const chosen = primaries.find((one) => one.name === recorded) ?? primaries[0];
  if (chosen !== undefined) return chosen.name;
  const names = existing.map((one) => one.name).join(', ');
  throw new LauncherError(
    `The data folder of the primary is gone; only replicas are left (${names} under servers/). ` +
      'Bring it back, or remove "standby.signal" from the folder of the replica that shall be the primary.',
  );
}

/** The name of the server that was the primary last, or null before the first start. */
export function readPrimary(home: ServerHome): string | null {
  try {
    const { primary } = JSON.parse(readFileSync(join(home.path, FILE), 'utf8')) as { primary?: unknown };
    return typeof primary === 'string' ? primary : null;
  } catch {
    return null;
  }
}

/** On disk when this returns. */
export function writePrimary(home: ServerHome, primary: string): void {
  writePrivateFile(join(home.path, FILE), `${JSON.stringify({ primary })}\n`);
}
