import type { Client } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { ContextDatabase, Transaction } from '../../src/platform/database/index.js';
import { testServices } from './services.js';

interface PlanNode {
  readonly [property: string]: unknown;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** A statement that the server has run, and every table that its plan opens. */
export interface WatchedPlan {
  /** With each run of white space as one blank. */
  readonly text: string;
  readonly tables: readonly string[];
}

/** How the server plans: for the values at hand, or once for all values, as it may do inside functions. */
export type PlanMode = 'force_custom_plan' | 'force_generic_plan';

export const oneLine = (sql: string): string => sql.replaceAll(/\s+/g, ' ').trim();

/**
 * A connection with the rights of one context's role that shows the plan of every statement, also of those inside
 * functions and of the checks of foreign keys.
 */
export class PlanWatch {
  private readonly watched: WatchedPlan[] = [];

  private constructor(
    private readonly source: DataSource,
    client: Client,
  ) {
    // A notice of the server, not of the process.
    client.on('notice', ({ message = '' }) => this.note(message));
  }

  static async start(role: string, mode: PlanMode): Promise<PlanWatch> {
    const url = testServices().postgresPrimary.replace(/\/[^/]*$/, '/bulwark');
    const source = await new DataSource({ type: 'postgres', url, installExtensions: false, poolSize: 1 }).initialize();
    const runner = source.createQueryRunner();
    const watch = new PlanWatch(source, (await runner.connect()) as Client);
    const settings = {
      log_min_duration: '0',
      log_nested_statements: 'on',
      log_analyze: 'on',
      log_timing: 'off',
      log_format: 'json',
      log_level: 'notice',
    };
    await runner.query("LOAD 'auto_explain'");
    for (const [name, value] of Object.entries(settings)) await runner.query(`SET auto_explain.${name} = '${value}'`);
    await runner.query(`SET plan_cache_mode = ${mode}`);
    await runner.query(`SET ROLE ${role}`);
    await runner.release();
    return watch;
  }

  /** For stores: everything runs on the watched connection. */
  get database(): ContextDatabase {
    const { manager } = this.source;
    const database = {
      primary: manager,
      replica: manager,
      read: (statement: string, parameters: readonly unknown[]) => manager.query(statement, [...parameters]),
      transaction: <T>(work: (tx: Transaction) => Promise<T>) => manager.transaction(work),
    };
    return database as unknown as ContextDatabase;
  }

  get manager(): EntityManager {
    return this.source.manager;
  }

  get plans(): readonly WatchedPlan[] {
    return this.watched;
  }

  async stop(): Promise<void> {
    await this.source.destroy();
  }

  private note(message: string): void {
    const json = /^duration: .*?plan:\s*(\{.*\})\s*$/s.exec(message)?.[1];
    if (json === undefined) return;
    const plan = JSON.parse(json) as { 'Query Text': string; Plan: PlanNode };
    this.watched.push({ text: oneLine(plan['Query Text']), tables: [...new Set(tablesOf(plan.Plan))] });
  }
}

function tablesOf(node: PlanNode): string[] {
  return [
    ...(node['Relation Name'] === undefined ? [] : [node['Relation Name']]),
    ...(node.Plans ?? []).flatMap(tablesOf),
  ];
}
