/** The contexts whose readers can do with a replica; the platform's own tables are written as often as they are read. */
export const REPLICA_CONTEXTS = ['catalog', 'account', 'payments'] as const;

/** A context with a pool on every replica. */
export type ReplicaContext = (typeof REPLICA_CONTEXTS)[number];
