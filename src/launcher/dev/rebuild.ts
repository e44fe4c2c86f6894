import { basename } from 'node:path';

/** What has to happen for a build to be served. */
export interface Rebuild {
  /** The schema's files changed: the migrate command applies what is new. */
  readonly migrate: boolean;
  /** Files that the application's processes run changed. */
  readonly restart: boolean;
  /** The supervisor and the servers' stand-ins run on with what they were started with. */
  readonly launcher: boolean;
}

const MIGRATION = /^migrations\//;
/** Commands are started anew at each call; the launcher's own processes keep running. */
const COMMAND = /^src\/cli\//;
const LAUNCHER = /^src\/launcher\//;

/** Decides by the changed output files; a map beside an unchanged file is no reason to restart. */
export function planRebuild(changed: readonly string[]): Rebuild {
  const code = changed.filter((path) => !path.endsWith('.map'));
  const migrate = code.some((path) => MIGRATION.test(path));
  const launcher = code.some((path) => LAUNCHER.test(path));
  const restart = code.some((path) => !MIGRATION.test(path) && !COMMAND.test(path) && !LAUNCHER.test(path));
  return { migrate, restart, launcher };
}

/** The names of what was saved, for a line: the first ones and how many more. */
export function namesOf(sources: readonly string[]): string {
  const [first = 'nothing', second, ...rest] = [...new Set(sources.map((source) => basename(source)))];
  if (second === undefined) return first;
  return rest.length === 0 ? `${first}, ${second}` : `${first}, ${second} and ${rest.length} more`;
}
