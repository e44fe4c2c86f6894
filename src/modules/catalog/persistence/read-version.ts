/**
 * The oldest transaction that still runs, as the statement's own snapshot sees it: everything before it is in what the
 * statement reads, on a replica too, however far behind it is. Whoever compares versions needs no clock.
 */
export const READ_VERSION = 'pg_snapshot_xmin(pg_current_snapshot())::text';

/** Rows with the version of their reading; a reading of no rows has one too. */
export interface Reading<Row> {
  readonly rows: Row[];
  readonly version: number;
}

/** The statement with its version beside each row, and one row of nothing else when it has none. */
export const withVersion = (statement: string): string =>
  `SELECT ${READ_VERSION} AS read_version, reading.* FROM (VALUES (true)) AS one (row) LEFT JOIN (${statement}) AS reading ON true`;

/** @param rows of a statement made by {@link withVersion} that selects an `id` */
export function toReading<Row extends { id: string | null }>(
  rows: readonly (Row & { read_version: string })[],
): Reading<Row> {
  return { rows: rows.filter(({ id }) => id !== null), version: Number(rows[0]?.read_version ?? 0) };
}
