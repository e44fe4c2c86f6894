import type { RetainedRows } from './retained-tables.js';
import type { RetentionRule } from './table-retention.js';

/** The first of the two numbers of an advisory lock; the second is made from the table's name. */
const TURN = 2_859_277;

/**
 * One worker at a time deletes from a table: others find the lock taken and go on. It lasts as long as the statement,
 * and needs no right to change rows, which `FOR UPDATE SKIP LOCKED` would.
 */
const MY_TURN = `WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${TURN}, hashtext($3)) AS is_ours)`;

type Rule = Pick<RetainedRows, 'table' | 'rule'>;

/** $1 is how long rows are kept, in seconds. */
const isOver = ({ endedAt, where }: RetentionRule): string =>
  `${endedAt} <= now() - make_interval(secs => $1)${where === undefined ? '' : ` AND (${where})`}`;

/** The rows that are over for the longest, at most $2. */
const oldest = ({ table, rule }: Rule, columns: string): string =>
  `SELECT ${columns} FROM ${table} WHERE (SELECT is_ours FROM turn) AND ${isOver(rule)}
    ORDER BY ${rule.endedAt} LIMIT $2`;

/** Deletes one batch; rows on which others still depend stay. */
export function deleteBatchSql(of: Rule): string {
  const { dependents } = of.rule;
  const batch =
    dependents === undefined
      ? oldest(of, 'ctid')
      : `SELECT ctid FROM (${oldest(of, 'ctid, id')}) AS ended
          WHERE NOT EXISTS (SELECT FROM ${dependents.table} WHERE ${dependents.column} = ended.id)`;
  return `${MY_TURN} DELETE FROM ${of.table} WHERE ctid = ANY (ARRAY(${batch}))`;
}

/** Deletes one batch of what depends on the rows that go next; undefined where nothing does. */
export function deleteDependentsSql(of: Rule): string | undefined {
  const { dependents } = of.rule;
  if (dependents === undefined) return undefined;
  return `${MY_TURN} DELETE FROM ${dependents.table} WHERE ctid = ANY (ARRAY(
    SELECT dependent.ctid FROM (${oldest(of, 'id')}) AS ended
      JOIN ${dependents.table} AS dependent ON dependent.${dependents.column} = ended.id LIMIT $2))`;
}

/** For how long the oldest row is overdue; no row when none is. */
export function overdueSql({ table, rule }: Rule): string {
  return `SELECT (extract(epoch FROM now() - (${rule.endedAt})) - $1)::float8 AS seconds FROM ${table}
    WHERE ${isOver(rule)} ORDER BY ${rule.endedAt} LIMIT 1`;
}

/** What a batch has deleted, by table, and whether another one may find more. */
export interface DeletedBatch {
  readonly rows: Readonly<Record<string, number>>;
  readonly isFull: boolean;
}

/** Deletes one batch of a rule's rows. @returns nothing deleted while another worker has its turn */
export async function deleteEndedRows(of: RetainedRows, batchMax: number): Promise<DeletedBatch> {
  const run = async (statement: string): Promise<number> => {
    const [, deleted]: [unknown[], number] = await of.database.primary.query(statement, [
      of.rule.keptSeconds,
      batchMax,
      of.table,
    ]);
    return deleted;
  };
  const { dependents } = of.rule;
  const dependentsSql = deleteDependentsSql(of);
  const rows: Record<string, number> = {};
  if (dependents && dependentsSql !== undefined) rows[dependents.table] = await run(dependentsSql);
  rows[of.table] = await run(deleteBatchSql(of));
  return { rows, isFull: Object.values(rows).some((count) => count >= batchMax) };
}

/** For how many seconds the rule's oldest row is overdue, 0 when none is. */
export async function overdueSeconds(of: RetainedRows): Promise<number> {
  const rows: { seconds: number }[] = await of.database.primary.query(overdueSql(of), [of.rule.keptSeconds]);
  return rows[0]?.seconds ?? 0;
}
