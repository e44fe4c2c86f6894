/** While something old is left, nobody waits longer than this for something new. */
export const SOFT_TIMEOUT_MS = 150;
/** With nothing to show, a caller waits so long and is then told to come again. */
export const COLD_WAIT_MS = 900;
/** Another process loads: so long its result is awaited before this one loads for itself. */
export const LOCK_WAIT_MS = 600;
export const LOCK_LOOK_EVERY_MS = 20;
/** Also when this process was too busy to look while the time went by. */
export const LOCK_LOOKS_MIN = 4;
/** As long as looks at the changes come this often, a change that was told is soon in the shared layer. */
export const FOLLOWED_WITHIN_MS = 1_000;
export const TOLD_LOOK_EVERY_MS = 40;
/** Together less than the grace in which the old value is shown meanwhile. */
export const TOLD_LOOKS_MAX = 6;
/** Longer than any load: statements of the catalog's role end before. */
export const LOCK_MAX_MS = 6_000;
/** While another process fetches anew, this one serves what it has and looks again after a while. */
export const REFRESHED_ELSEWHERE_MS = 60;
/** No replica in the rotation is further behind than this (`DATABASE_REPLICA_LAG_MAX_MS` goes no higher). */
export const REPLICA_LAG_MAX_MS = 20_000;
export const RETRY_AFTER_SECONDS = 1;
