/** Rows that depend on those of a {@link RetentionRule} and are deleted before them. */
export interface DependentRows {
  /** With its schema. */
  readonly table: string;
  /** Holds the `id` of the row that they depend on. */
  readonly column: string;
}

/** Which rows of a table are deleted, and when. */
export interface RetentionRule {
  /**
   * SQL over the table's columns: the time from which on a row is no longer used, null while it is. A batch reads its
   * rows in this order, so an index has to give it; a test checks the plan.
   */
  readonly endedAt: string;
  /** A further condition, in SQL. */
  readonly where?: string;
  /** How long a row stays after its end. */
  readonly keptSeconds: number;
  /** Why so long, and why no longer. */
  readonly because: string;
  readonly dependents?: DependentRows;
}

/**
 * How long the rows of a table stay. Each table of each schema says one of the three, and a test compares:
 * - `deletes`: a row ends, and is deleted after its time;
 * - `endsOtherwise`: what else deletes its rows, because their age alone does not decide;
 * - `keptForGood`: why.
 */
export type TableRetention =
  | { readonly deletes: readonly RetentionRule[] }
  | { readonly endsOtherwise: string }
  | { readonly keptForGood: string };

/** Days as {@link RetentionRule.keptSeconds}. */
export const days = (count: number): number => count * 86_400;
