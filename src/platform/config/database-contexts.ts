/** Every context that has a schema, a role and pools. */
export const DATABASE_CONTEXTS = ['catalog', 'account', 'payments', 'platform'] as const;
/**
 * The contexts whose readers can do with a replica; the platform's own tables are written as often as they are read.
 */
export const REPLICA_CONTEXTS = ['catalog', 'account', 'payments'] as const;

/** A schema with a database role and pools of its own. */
export type DatabaseContext = (typeof DATABASE_CONTEXTS)[number];

/** A context with a pool on every replica. */
export type ReplicaContext = (typeof REPLICA_CONTEXTS)[number];
