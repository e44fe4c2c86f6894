import pg from 'pg';

/** A statement as the product handed it to its driver. */
export interface RecordedStatement {
  /** Which connection of the process, so that transactions can be distinguished. */
  readonly connection: number;
  readonly text: string;
  readonly values: readonly unknown[];
}

type Query = (this: pg.Client, ...args: unknown[]) => unknown;

/** Records what this process sends to its databases until the returned function is called. */
export function recordStatements(): () => readonly RecordedStatement[] {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const original = prototype.query;
  const recorded: RecordedStatement[] = [];
  const connections = new Map<pg.Client, number>();
  prototype.query = function record(this: pg.Client, ...args: unknown[]): unknown {
    const [text, values] = args;
    if (!connections.has(this)) connections.set(this, connections.size);
    if (typeof text === 'string')
      recorded.push({ connection: connections.get(this) ?? 0, text, values: Array.isArray(values) ? values : [] });
    return original.apply(this, args);
  };
  return () => {
    prototype.query = original;
    return recorded;
  };
}
