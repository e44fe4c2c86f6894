/**
 * The oldest transaction that still runs, as the statement's own snapshot sees it: everything before it is in what the
 * statement reads, on a replica too, however far behind it is. Comparing versions needs no clock.
 */
export const READ_VERSION = 'pg_snapshot_xmin(pg_current_snapshot())::text';

/** Rows with the version of their read; a read of no rows has one too. */
export interface VersionedRows<Row> {
  readonly rows: Row[];
  readonly version: number;
}

/** The statement with its version beside each row, and one row of the version alone when it has none. */
export const withVersion = (statement: string): string =>
  `SELECT ${READ_VERSION} AS read_version, found.*
     FROM (VALUES (true)) AS one (row) LEFT JOIN (${statement}) AS found ON true`;

/** @param rows of a statement made by {@link withVersion} that selects an `id` */
export function toVersionedRows<Row extends { id: string | null }>(
  rows: readonly (Row & { read_version: string })[],
): VersionedRows<Row> {
  return { rows: rows.filter(({ id }) => id !== null), version: Number(rows[0]?.read_version ?? 0) };
}
