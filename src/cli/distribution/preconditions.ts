import { DISTRIBUTION } from './distribution.js';

/** What a server says of itself. */
export interface ServerState {
  /** As `server_version_num`: 180004. */
  readonly serverVersion: number;
  /** The version that could be installed; null when the server has none. */
  readonly citusAvailable: string | null;
  readonly citusInstalled: string | null;
  readonly activeWorkers: number;
  /** Tables of the plan that are there. */
  readonly known: readonly string[];
  /** Those of them that are distributed. */
  readonly distributed: readonly string[];
}

/** What is to be done with a server: nothing more, the distribution, or something else first. */
export type DistributionDecision =
  | { readonly kind: 'done' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'missing'; readonly what: readonly string[] };

const CITUS_MIN = 12;
/** What that extension is built for; 13 goes up to 17. */
const POSTGRES_MIN = 15;

/** Says whether the tables can be distributed, or everything that is missing, each with what to do about it. */
export function evaluateServer(state: ServerState): DistributionDecision {
  const { tables } = DISTRIBUTION;
  if (state.citusInstalled !== null && tables.every((table) => state.distributed.includes(table)))
    return { kind: 'done' };
  const what = [...missingExtension(state), ...missingCluster(state), ...missingTables(state)];
  return what.length > 0 ? { kind: 'missing', what } : { kind: 'ready' };
}

function missingExtension({ serverVersion, citusAvailable, citusInstalled }: ServerState): string[] {
  if (citusInstalled !== null) {
    return Number.parseInt(citusInstalled, 10) < CITUS_MIN
      ? [
          `Citus ${citusInstalled} is too old: ${CITUS_MIN} or newer is needed. ` +
            'Update it with ALTER EXTENSION citus UPDATE.',
        ]
      : [];
  }
  const major = Math.floor(serverVersion / 10_000);
  if (citusAvailable !== null)
    return [
      `The extension Citus ${citusAvailable} is there but not in this database: ` +
        "restart with shared_preload_libraries = 'citus', and run CREATE EXTENSION citus.",
    ];
  const unfit = major < POSTGRES_MIN ? ` PostgreSQL ${major} is too old for it as well.` : '';
  return [
    `PostgreSQL ${major} here has no extension Citus: pg_available_extensions does not list it. ` +
      'Use a server that brings it (Citus 13 comes for PostgreSQL 15 to 17; ' +
      `docker/compose.citus.yaml has one).${unfit}`,
  ];
}

function missingCluster({ citusInstalled, activeWorkers }: ServerState): string[] {
  if (citusInstalled === null || activeWorkers > 0) return [];
  return [
    "The cluster has no worker: name the coordinator with SELECT citus_set_coordinator_host('HOST'), " +
      "and add each worker with SELECT citus_add_node('HOST', 5432).",
  ];
}

function missingTables({ known, distributed }: ServerState): string[] {
  const absent = DISTRIBUTION.tables.filter((table) => !known.includes(table));
  if (absent.length > 0) return [`The schema is not there (${absent.join(', ')}): run the migrations first.`];
  return distributed.length > 0
    ? [
        `Only ${distributed.join(', ')} of the group is distributed, which this command never leaves behind: ` +
          "undistribute it with SELECT undistribute_table('…') first.",
      ]
    : [];
}
