/**
 * A foreign key between distributed tables: it is taken away before and put back after, since neither table can come
 * first with it.
 */
export interface DistributedKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/**
 * What moves to the machines of a Citus cluster: the table group that is partitioned by account, one group with the
 * same account on the same machine. Everything else stays on the coordinator. No table has to be copied to every
 * machine as a reference: a payment's lines hold what they need of an item, and no statement joins the group with
 * anything else.
 */
export const DISTRIBUTION = {
  column: 'account_id',
  /** The first is distributed by itself, the others beside it. */
  tables: ['payments.payments', 'payments.payment_lines', 'payments.refunds'],
  /** Each native partition has a table in each shard, 16 x 32 of a table in all. */
  shards: 32,
  foreignKeys: [
    {
      table: 'payments.payment_lines',
      name: 'payment_lines_payment_fkey',
      definition: 'FOREIGN KEY (account_id, payment_id) REFERENCES payments.payments(account_id, id)',
    },
    {
      table: 'payments.refunds',
      name: 'refunds_payment_fkey',
      definition: 'FOREIGN KEY (account_id, payment_id) REFERENCES payments.payments(account_id, id)',
    },
  ] satisfies readonly DistributedKey[],
} as const;

const [FIRST, ...OTHERS] = DISTRIBUTION.tables;

/**
 * The statements in their order, all of one transaction: half a distribution is none. Functions stay on the
 * coordinator, since `begin_payment` and `record_capture` write to stock, keys and outbox there too.
 */
export const DISTRIBUTING: readonly string[] = [
  // Foreign keys between the group's tables allow no statement that works on several shards at once.
  "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
  ...DISTRIBUTION.foreignKeys.map(({ table, name }) => `ALTER TABLE ${table} DROP CONSTRAINT ${name}`),
  `SELECT create_distributed_table('${FIRST}', '${DISTRIBUTION.column}', shard_count => ${DISTRIBUTION.shards},
    colocate_with => 'none')`,
  ...OTHERS.map(
    (table) => `SELECT create_distributed_table('${table}', '${DISTRIBUTION.column}', colocate_with => '${FIRST}')`,
  ),
  ...DISTRIBUTION.foreignKeys.map(
    ({ table, name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`,
  ),
];

/**
 * Afterwards, each by itself: the rows that were copied away still lie on the coordinator, where no query reads them.
 */
export const CLEARING: readonly string[] = [`SELECT truncate_local_data_after_distributing_table('${FIRST}')`];
