import { ACCOUNTS, HIGH, ITEMS, LOW } from './fixtures.js';
import type { RecordedStatement } from './record-statements.js';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const BEGINS = /^\s*(START TRANSACTION|BEGIN)/i;
const ENDS = /^\s*(COMMIT|ROLLBACK)/i;
/** A function of ours writes as well, and says so with its name only. */
const WRITES = /\b(INSERT|UPDATE|DELETE|payments\.begin_payment|payments\.record_capture)\b/i;

/**
 * The durable transactions of one payment, each as the statements that were sent for it, with literals for parameters.
 */
export type DurableTransactions = readonly (readonly string[])[];

/**
 * Sorts what was recorded for one payment into its durable transactions: everything between BEGIN and COMMIT, and
 * single statements that write. Looking up the session or the key writes nothing and is left out: the baseline has to
 * be the least that would do.
 */
export function durableTransactions(recorded: readonly RecordedStatement[]): DurableTransactions {
  const [open, transactions]: [Map<number, string[]>, string[][]] = [new Map(), []];
  for (const { connection, text, values } of recorded) {
    const statement = withLiterals(text, values);
    const running = open.get(connection);
    if (running) {
      running.push(statement);
      if (ENDS.test(text)) open.delete(connection);
    } else if (BEGINS.test(text)) {
      const begun = [statement];
      open.set(connection, begun);
      transactions.push(begun);
    } else if (WRITES.test(text)) {
      transactions.push([statement]);
    }
  }
  return transactions.filter((statements) => statements.some((statement) => WRITES.test(statement)));
}

/**
 * A pgbench script that does again what was recorded, each time for another customer, item and key. Ids follow one
 * another as those of the product do, so that they meet the indexes alike.
 * @param recordedKey the idempotency key of the recorded payment
 */
export function pgbenchScript(transactions: DurableTransactions, recordedKey: string): string {
  const names = new Map<string, string>();
  const own = (id: string): string => {
    if (id.startsWith(HIGH.item.slice(0, 8))) return `${HIGH.item}:item`;
    if (id.startsWith(HIGH.account.slice(0, 8))) return `${HIGH.account}:account`;
    if (!names.has(id)) names.set(id, `:next:own${names.size}`);
    return names.get(id) ?? '';
  };
  const statements = transactions
    .flat()
    .map((statement) => `${statement.replaceAll(recordedKey, 'bench-:draw:next').replaceAll(UUID, own).trim()};`);
  return [
    '\\set next :next + 1',
    '\\set draw random(1000000000000000, 8999999999999999)',
    `\\set item random(${LOW}, ${LOW + BigInt(ITEMS - 1)})`,
    `\\set account random(${LOW}, ${LOW + BigInt(ACCOUNTS - 1)})`,
    ...[...names.values()].map((_, n) => `\\set own${n} ${LOW} + ${n} * 1000000 + :client_id`),
    ...statements,
    '',
  ].join('\n');
}

function withLiterals(text: string, values: readonly unknown[]): string {
  return text.replaceAll(/\$(\d+)/g, (_, position: string) => literal(values[Number(position) - 1]));
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'`;
  if (value instanceof Date) return quoted(value.toISOString());
  return quoted(
    typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | bigint | boolean),
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
