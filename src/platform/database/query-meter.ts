import type { Logger as TypeOrmLogger } from 'typeorm';
import type { DatabaseContext } from '../config/index.js';
import { logger, metrics } from '../observability/index.js';

const TRANSACTION_WORDS = /^(START TRANSACTION|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)/;

/** Counts statements for the dashboards; parameters never reach a log, since they hold personal data. */
export class QueryMeter implements TypeOrmLogger {
  private readonly labels: { module: string; target: string };

  constructor(context: DatabaseContext, target: 'primary' | 'replica') {
    this.labels = { module: context, target };
  }

  logQuery(query: string): void {
    if (!TRANSACTION_WORDS.test(query)) metrics.dbQueries.inc(this.labels);
  }

  logQueryError(error: string | Error, query: string): void {
    const { code, message } = error as { code?: string; message?: string };
    // Constraint violations (class 23) and our own refusals (class P0) are answers, not faults.
    if (code?.startsWith('23') || code?.startsWith('P0')) return;
    logger.warn(
      { ...this.labels, sqlState: code, why: message, statement: query.slice(0, 200) },
      'A statement failed.',
    );
  }

  logQuerySlow(durationMs: number, query: string): void {
    logger.warn({ ...this.labels, durationMs, statement: query.slice(0, 200) }, 'A statement was slow.');
  }

  logSchemaBuild(): void {
    // The schema is built by migrations, never by the data source.
  }

  logMigration(): void {
    // The migration command prints its own progress.
  }

  log(): void {
    // Chatter of the driver.
  }
}
