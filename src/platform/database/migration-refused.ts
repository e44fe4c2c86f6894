/** The database cannot be migrated, for a reason that the message says in full; a stack adds nothing to it. */
export abstract class MigrationRefusedError extends Error {}
