import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { queryPrimary } from '../../load/query-database.js';
import { startInstance } from '../../load/spawn-instance.js';
import { temporaryFolder } from '../../load/temporary-folder.js';
import type { BenchOptions } from '../bench-system.js';
import { median } from '../rounds.js';
import type { BenchRow } from '../targets.js';
import { ITEMS, fillFixtures, fixtureId } from './fixtures.js';

/** The size that the other is compared with. */
const ROWS_FEW = 10_000;
/** One statement adds at most so many: a longer one would fill the disk with log before it commits. */
const ROWS_PER_STATEMENT = 500_000;
const PAYMENTS_PER_ACCOUNT = 10;
const SAMPLES = 2_000;
const RUN_IN = 300;
const LEASE_SECONDS = 30;
const DATABASE = 'bulwark';
const SMALL_DATABASE = 'bulwark_small';

/**
 * What is timed: the two durable statements of a payment, a read of it, and one row into the table and into a copy that
 * is not partitioned.
 */
const KINDS = ['begin', 'record', 'find', 'insertPartitioned', 'insertWhole'] as const;
type Kind = (typeof KINDS)[number];
type Spent = Readonly<Record<Kind, number[]>>;

/**
 * P16: what a payment costs the database as the table grows, beside the same in a small one on the same server, turn by
 * turn.
 */
export async function benchPaymentGrowth(options: BenchOptions): Promise<BenchRow[]> {
  const { cleanUp, say, payments } = options;
  say(`P16: a payment among ${ROWS_FEW} and among ${payments}`);
  const instance = await startInstance({
    dataDir: temporaryFolder('bulwark-bench-data-', cleanUp),
    settings: { WEB_WORKERS: '1', BULWARK_ROLE: 'web' },
  });
  cleanUp.add(() => instance.stop());
  const clients: Client[] = [];
  const connect = async (database: string): Promise<Client> => {
    const client = new Client({ connectionString: instance.run.postgresPrimary.replace(/\/[^/]*$/, `/${database}`) });
    clients.push(client);
    await client.connect();
    return client;
  };
  try {
    await fillFixtures(instance, temporaryFolder('bulwark-bench-', cleanUp));
    await queryPrimary(
      instance,
      'CREATE TABLE public.whole (LIKE payments.payments INCLUDING DEFAULTS, PRIMARY KEY (account_id, id))',
    );
    await copyDatabase(await connect('postgres'));
    const [few, many] = [await connect(SMALL_DATABASE), await connect(DATABASE)];
    await growTo(few, ROWS_FEW);
    await growTo(many, payments);
    await takeTurnsWith(few, many, RUN_IN);
    const spent = await takeTurnsWith(few, many, SAMPLES);
    const costs = { [ROWS_FEW]: medians(spent.few), [payments]: medians(spent.many) };
    for (const [rows, cost] of Object.entries(costs))
      say(`  ${rows} rows: ${KINDS.map((kind) => `${kind} ${cost[kind].toFixed(2)} ms`).join(', ')}`);
    const paymentMs = ({ begin, record }: Record<Kind, number>): number => begin + record;
    return [
      {
        name: 'P16',
        value: paymentMs(medians(spent.many)) / paymentMs(medians(spent.few)),
        evidence: { costs, samples: SAMPLES, bytesPerPayment: (await bytesOf(many)) / payments },
      },
    ];
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
    await instance.stop();
  }
}

/** The application is cut off for a moment: a database can be copied only without a session in it. */
async function copyDatabase(admin: Client): Promise<void> {
  await admin.query(`ALTER DATABASE ${DATABASE} ALLOW_CONNECTIONS false`);
  await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [DATABASE]);
  await admin.query(`CREATE DATABASE ${SMALL_DATABASE} TEMPLATE ${DATABASE}`);
  await admin.query(`ALTER DATABASE ${DATABASE} ALLOW_CONNECTIONS true`);
}

async function bytesOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    `SELECT sum(pg_total_relation_size(inhrelid)) AS bytes FROM pg_inherits
      WHERE inhparent IN ('payments.payments'::regclass, 'payments.payment_lines'::regclass)`,
  );
  return Number(rows[0]?.bytes ?? 0);
}

/**
 * Captured payments of many accounts, as they would have come over time: ids in the order of time, accounts in none.
 */
async function growTo(client: Client, rows: number): Promise<void> {
  for (let from = 0; from < rows; from += ROWS_PER_STATEMENT) {
    const to = Math.min(from + ROWS_PER_STATEMENT, rows) - 1;
    await client.query(
      `INSERT INTO public.whole (account_id, id, status, amount_minor, currency, provider_id, created_at, captured_at)
      SELECT md5('account' || n / ${PAYMENTS_PER_ACCOUNT})::uuid, uuidv7(), 'captured', 1999, 'EUR', 'pi_' || n,
        now(), now() FROM generate_series($1::int, $2::int) AS n`,
      [from, to],
    );
  }
  await client.query('INSERT INTO payments.payments SELECT * FROM public.whole ORDER BY account_id');
  // Millions of foreign keys that are right anyway are not looked up one by one.
  await client.query('BEGIN');
  await client.query('SET LOCAL session_replication_role = replica');
  await client.query(
    `INSERT INTO payments.payment_lines SELECT account_id, id, 1, $1::uuid, 'BENCH', 'Bench item', 1, 1999
      FROM payments.payments`,
    [fixtureId('item', 0)],
  );
  await client.query('COMMIT');
  // What the growing left to do must not be done while we measure.
  for (const table of ['public.whole', 'payments.payments', 'payments.payment_lines'])
    await client.query(`VACUUM ANALYZE ${table}`);
  await client.query('CHECKPOINT');
}

async function takeTurnsWith(few: Client, many: Client, times: number): Promise<{ few: Spent; many: Spent }> {
  const empty = (): Spent => ({ begin: [], record: [], find: [], insertPartitioned: [], insertWhole: [] });
  const spent = { few: empty(), many: empty() };
  for (let n = 0; n < times; n++) {
    await payOnce(few, n, spent.few);
    await payOnce(many, n, spent.many);
  }
  return spent;
}

async function payOnce(client: Client, n: number, spent: Spent): Promise<void> {
  const timed = async (
    kind: Kind,
    statement: string,
    parameters: unknown[],
  ): Promise<Record<string, unknown> | undefined> => {
    const began = performance.now();
    const { rows } = await client.query<Record<string, unknown>>(statement, parameters);
    spent[kind].push(performance.now() - began);
    return rows[0];
  };
  const [account, id] = [randomUUID(), uuidv7()];
  const requests = JSON.stringify([{ itemId: fixtureId('item', n % ITEMS), quantity: 1 }]);
  const begun = await timed('begin', 'SELECT outcome FROM payments.begin_payment($1, $2, $3, $4::jsonb, $5, $6)', [
    account,
    id,
    `order-${id}`,
    requests,
    Buffer.from('sealed'),
    LEASE_SECONDS,
  ]);
  if (begun?.outcome !== 'begun') throw new Error(`A payment of the bench was not begun: ${String(begun?.outcome)}.`);
  await timed('record', "SELECT payments.record_capture($1, $2, 'pi', now(), $3::jsonb, NULL, '')", [
    account,
    id,
    events(id),
  ]);
  await timed('find', 'SELECT * FROM payments.payments WHERE account_id = $1 AND id = $2', [account, id]);
  for (const [kind, table] of [
    ['insertWhole', 'public.whole'],
    ['insertPartitioned', 'payments.payments'],
  ] as const) {
    await timed(
      kind,
      `INSERT INTO ${table} (account_id, id, status, amount_minor, currency)
        VALUES ($1, $2, 'processing', 1999, 'EUR')`,
      [account, uuidv7()],
    );
  }
}

function medians(spent: Spent): Record<Kind, number> {
  return Object.fromEntries(KINDS.map((kind) => [kind, median(spent[kind])])) as Record<Kind, number>;
}

function events(paymentId: string): string {
  return JSON.stringify([
    {
      id: uuidv7(),
      type: 'bench.payment-captured.v1',
      aggregate_type: 'payment',
      aggregate_id: paymentId,
      occurred_at: new Date().toISOString(),
      payload: {},
      headers: {},
    },
  ]);
}
