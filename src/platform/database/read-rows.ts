import type { DataSource } from 'typeorm';

/** What is used of the driver's pool. */
interface Pool {
  query(statement: string, parameters: readonly unknown[]): Promise<{ rows: unknown[] }>;
}

const SLOW_MS = 500;

/**
 * One reading statement straight on the pool of the data source. A query runner for each statement costs as much as
 * the statement itself, and a read needs none of what it offers. It is counted and reported like any other.
 * @throws the driver's own error
 */
export async function readRows<Row>(
  source: DataSource,
  statement: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const pool = (source.driver as unknown as { master: Pool }).master;
  const began = performance.now();
  source.logger.logQuery(statement);
  try {
    const { rows } = await pool.query(statement, parameters);
    const tookMs = performance.now() - began;
    if (tookMs > SLOW_MS) source.logger.logQuerySlow(Math.round(tookMs), statement);
    return rows as Row[];
  } catch (error) {
    source.logger.logQueryError(error as Error, statement);
    throw error;
  }
}
