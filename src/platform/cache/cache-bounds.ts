/** Soft time-out: with a stale entry at hand, a read waits no longer than this for a new one. */
export const SOFT_TIMEOUT_MS = 150;
/** With no entry at hand a read waits this long, then it is refused with 503. */
export const COLD_WAIT_MS = 900;
/** How long a process waits for the holder of the fleet's lock before it loads for itself. */
export const LOCK_WAIT_MS = 600;
export const LOCK_POLL_INTERVAL_MS = 20;
/** Also when this process was too busy to poll within the wait. */
export const LOCK_POLLS_MIN = 4;
/** While invalidation runs complete this often, a published change is in the shared layer within moments. */
export const PUBLISHER_ALIVE_MS = 1_000;
export const PUBLISHED_POLL_INTERVAL_MS = 40;
/** Together less than the grace in which the old value may be served. */
export const PUBLISHED_POLLS_MAX = 6;
/** Longer than any load: the origin's statements are cancelled earlier. */
export const LOCK_MAX_MS = 6_000;
/** While another process refreshes, this one serves its stale entry and asks again after this. */
export const REFRESH_WAIT_MS = 60;
/** No replica in the rotation is further behind than this (`DATABASE_REPLICA_LAG_MAX_MS` goes no higher). */
export const REPLICA_LAG_MAX_MS = 20_000;
export const RETRY_AFTER_SECONDS = 1;
