import { Injectable } from '@nestjs/common';
import type { ContextDatabase } from '../database/index.js';
import type { RetentionRule, TableRetention } from './table-retention.js';

/** A rule with the table it is about and the role that deletes. */
export interface RetainedRows {
  /** With its schema. */
  readonly table: string;
  readonly rule: RetentionRule;
  readonly database: ContextDatabase;
}

/** What every context has declared about its tables, in `onModuleInit`. */
@Injectable()
export class RetainedTables {
  private readonly tables = new Map<string, { retention: TableRetention; database: ContextDatabase }>();

  /**
   * Declares tables of one schema.
   * @param database signs in with the role that may delete there
   * @throws Error when a table is declared twice
   */
  declare(database: ContextDatabase, schema: string, tables: Readonly<Record<string, TableRetention>>): void {
    for (const [name, retention] of Object.entries(tables)) {
      const table = `${schema}.${name}`;
      if (this.tables.has(table)) throw new Error(`How long rows of ${table} stay is declared twice.`);
      this.tables.set(table, { retention, database });
    }
  }

  /** Every declared table, with its schema. */
  names(): string[] {
    return [...this.tables.keys()];
  }

  /** What is to be deleted, rule by rule. */
  rules(): RetainedRows[] {
    return [...this.tables].flatMap(([table, { retention, database }]) =>
      'deletes' in retention ? retention.deletes.map((rule) => ({ table, rule, database })) : [],
    );
  }
}
