import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase } from '../../src/platform/database/index.js';
import { Outbox, type DomainEvent } from '../../src/platform/outbox/index.js';
import {
  createNextPartition,
  dropOldestPartition,
  isBusy,
  partitionState,
  type TimePartitioned,
} from '../../src/platform/outbox/time-partitions.js';
import { deleteEndedRows } from '../../src/platform/retention/ended-rows.js';
import { RetainedTables } from '../../src/platform/retention/index.js';
import { freshStart, query, withOwner } from '../support/fresh-start.js';
import { startPlatformApp, type PlatformApp } from '../support/platform-app.js';

const DAY_MS = 86_400_000;
const OLD = new Date('2026-01-15T12:00:00Z');
const COLUMNS = '(id, aggregate_type, aggregate_id, type, payload, occurred_at, published_at, completed_at)';

const idAt = (instant: Date | number): string => uuidv7({ msecs: Number(instant) });
const midnight = (instant: number): Date => new Date(Math.floor(instant / DAY_MS) * DAY_MS);
const partitionsOf = async (parent: TimePartitioned): Promise<string[]> =>
  (
    await query<{ partition: string }>(
      'SELECT partition FROM platform.time_partitions WHERE parent = $1 ORDER BY to_id',
      [parent],
    )
  ).map(({ partition }) => partition);
const homeOf = async (id: string): Promise<string | undefined> =>
  (await query<{ home: string }>('SELECT tableoid::regclass::text AS home FROM platform.outbox WHERE id = $1', [id]))[0]
    ?.home;
const insertOutbox = async (id: string, state: 'pending' | 'published' | 'completed', at = OLD): Promise<string> => {
  await query(`INSERT INTO platform.outbox ${COLUMNS} VALUES ($1, 'thing', 'one', 'test.made.v1', '{}', $2, $3, $4)`, [
    id,
    at,
    state === 'pending' ? null : at,
    state === 'completed' ? at : null,
  ]);
  return id;
};

/** A partition of a day long ago, in the place of the first one, which has room for all of the past. */
const makeOld = async (parent: TimePartitioned, from: Date, to: Date): Promise<string> => {
  const name = `${parent}_${from.toISOString().slice(0, 10).replaceAll('-', '')}`;
  await query(`DROP TABLE IF EXISTS platform.${parent}_first`);
  const [bounds] = await query<{ from: string; to: string }>(
    'SELECT platform.first_id_at($1) AS from, platform.first_id_at($2) AS to',
    [from, to],
  );
  await query(
    `CREATE TABLE platform.${name} PARTITION OF platform.${parent} FOR VALUES FROM ('${bounds?.from}')
      TO ('${bounds?.to}')`,
  );
  return name;
};

describe('tables partitioned by time', () => {
  let app: PlatformApp;
  let platform: ContextDatabase;
  const append = async (id: string): Promise<void> => {
    const event: DomainEvent = {
      id,
      type: 'test.made.v1',
      aggregateType: 'thing',
      aggregateId: 'one',
      occurredAt: new Date(),
      payload: {},
    };
    const database = app.nest.get<ContextDatabase>('ContextDatabase:payments', { strict: false });
    await database.transaction((tx) => app.get(Outbox).append(tx, event));
  };

  /** What the worker deletes from the default partition, where no partition goes as a whole. */
  const deleteFromDefault = async (parent: TimePartitioned): Promise<number> => {
    const table = `platform.${parent}_default`;
    const [rows] = app
      .get(RetainedTables)
      .rules()
      .filter((rule) => rule.table === table);
    if (!rows) throw new Error(`${table} has no retention.`);
    return (await deleteEndedRows(rows, 10)).rows[table] ?? 0;
  };

  beforeEach(async () => {
    await freshStart();
    app = await startPlatformApp([]);
    platform = app.nest.get<ContextDatabase>('ContextDatabase:platform', { strict: false });
  });

  afterEach(async () => {
    await app?.stop();
  });

  it.each<[TimePartitioned, number]>([
    ['outbox', 4],
    ['inbox', 8],
  ])('are made days ahead: %s', async (table, daysMin) => {
    const { aheadSeconds, overdue } = await partitionState(platform.primary, table, 0);
    expect(aheadSeconds * 1_000).toBeGreaterThan(daysMin * DAY_MS);
    expect(overdue).toEqual([]);
    expect(await createNextPartition(platform.primary, table)).toBeNull();
  });

  it('have their next partition made once by however many workers', async () => {
    const [last] = (await partitionsOf('outbox')).slice(-1);
    await query(`DROP TABLE platform.${last}`);
    const made = await Promise.all(Array.from({ length: 6 }, () => createNextPartition(platform.primary, 'outbox')));
    expect(made.filter((name) => name !== null)).toEqual([last]);
  });

  it('keep an event of a day in the partition of that day', async () => {
    const [, tomorrow] = await query<{ partition: string; from_at: Date }>(
      `SELECT partition, from_at FROM platform.time_partitions
        WHERE parent = 'outbox' AND from_at IS NOT NULL ORDER BY to_id`,
    );
    const id = idAt((tomorrow?.from_at.getTime() ?? 0) + 1);
    await append(id);
    expect(await homeOf(id)).toBe(`platform.${tomorrow?.partition}`);
  });

  it('take events when no partition was made, keep them in the default partition, and delete them there', async () => {
    for (const name of await partitionsOf('outbox')) await query(`DROP TABLE platform.${name}`);
    const now = new Date();
    const id = idAt(now);
    await append(id);
    expect(await homeOf(id)).toBe('platform.outbox_default');
    const today = `outbox_${now.toISOString().slice(0, 10).replaceAll('-', '')}`;
    const made: (string | null)[] = [];
    for (
      let name = await createNextPartition(platform.primary, 'outbox');
      name !== null;
      name = await createNextPartition(platform.primary, 'outbox')
    )
      made.push(name);
    expect(made).toHaveLength(4);
    expect(made).not.toContain(today);
    expect(await deleteFromDefault('outbox')).toBe(0);
    await query("UPDATE platform.outbox SET published_at = now() - interval '25 hours', completed_at = now()");
    expect(await deleteFromDefault('outbox')).toBe(1);
    expect(await createNextPartition(platform.primary, 'outbox')).toBe(today);
  });

  it.each(['pending', 'published'] as const)(
    'never lose an event with its partition: one that is %s holds it',
    async (state) => {
      const name = await makeOld('outbox', midnight(Number(OLD)), midnight(Number(OLD) + DAY_MS));
      await insertOutbox(idAt(OLD), 'completed');
      const straggler = await insertOutbox(idAt(OLD), state);
      expect(await dropOldestPartition(platform.primary, 'outbox')).toBeNull();
      expect((await partitionState(platform.primary, 'outbox', 3 * 86_400)).overdue).toEqual([name]);
      await query(
        "UPDATE platform.outbox SET published_at = now() - interval '1 hour', completed_at = now() WHERE id = $1",
        [straggler],
      );
      expect(await dropOldestPartition(platform.primary, 'outbox')).toBeNull();
      await query("UPDATE platform.outbox SET published_at = now() - interval '25 hours' WHERE id = $1", [straggler]);
      expect(await dropOldestPartition(platform.primary, 'outbox')).toBe(name);
      expect(await partitionsOf('outbox')).not.toContain(name);
    },
  );

  it('stay for their time after the last event of a partition', async () => {
    const today = midnight(Date.now());
    const [yesterday, before, earlier] = [1, 2, 3].map((days) => new Date(today.getTime() - days * DAY_MS)) as [
      Date,
      Date,
      Date,
    ];
    const old = await makeOld('outbox', earlier, before);
    await makeOld('outbox', yesterday, today);
    await insertOutbox(idAt(earlier.getTime() + 1), 'completed', earlier);
    expect(await dropOldestPartition(platform.primary, 'outbox')).toBe(old);
    expect(await dropOldestPartition(platform.primary, 'outbox')).toBeNull();
  });

  it('keep what was consumed for as long as the event can come again', async () => {
    const name = await makeOld('inbox', new Date('2026-01-12T00:00:00Z'), new Date('2026-01-19T00:00:00Z'));
    await makeOld('outbox', midnight(Number(OLD)), midnight(Number(OLD) + DAY_MS));
    const open = await insertOutbox(idAt(OLD), 'published');
    await query("INSERT INTO platform.inbox (event_id, consumer) VALUES ($1, 'ledger')", [open]);
    expect(await dropOldestPartition(platform.primary, 'inbox')).toBeNull();
    await query('DELETE FROM platform.outbox');
    expect(await dropOldestPartition(platform.primary, 'inbox')).toBe(name);
    const strange = randomUUID();
    await query(
      `INSERT INTO platform.inbox_default (event_id, consumer, consumed_at)
        VALUES ('ffffffff-ffff-4fff-bfff-ffffffffffff', 'ledger', now() - interval '31 days')`,
    );
    await query("INSERT INTO platform.inbox (event_id, consumer) VALUES ($1, 'ledger')", [strange]);
    expect(await deleteFromDefault('inbox')).toBe(1);
  });

  it('make no payment wait: a partition is not dropped during a write, and the write is not delayed', async () => {
    const name = await makeOld('outbox', midnight(Number(OLD)), midnight(Number(OLD) + DAY_MS));
    await withOwner(async (writer) => {
      await writer.query('BEGIN');
      await writer.query(
        `INSERT INTO platform.outbox ${COLUMNS} VALUES ($1, 'thing', 'one', 'test.made.v1', '{}', now(), NULL, NULL)`,
        [uuidv7()],
      );
      const [dropped] = await Promise.all([
        dropOldestPartition(platform.primary, 'outbox').catch((error: unknown) => error),
        append(uuidv7()),
      ]);
      expect(isBusy(dropped)).toBe(true);
      await writer.query('COMMIT');
    });
    expect(await dropOldestPartition(platform.primary, 'outbox')).toBe(name);
    expect(await query('SELECT FROM platform.outbox')).toHaveLength(2);
  });

  it.each(['catalog', 'account', 'payments'])('are nothing that bulwark_%s may make or drop', async (role) => {
    for (const call of [
      "create_next_partition('outbox')",
      "drop_oldest_partition('outbox')",
      "partition_is_held('outbox', 'outbox_first', NULL, NULL)",
    ]) {
      const attempt = withOwner(async (client) => {
        await client.query(`SET ROLE bulwark_${role}`);
        await client.query(`SELECT platform.${call}`);
      });
      await expect(attempt).rejects.toMatchObject({ code: '42501' });
    }
    const [able] = await query<{ able: boolean }>(
      `SELECT bool_or(has_table_privilege($1, format('platform.%I', partition), 'INSERT, SELECT, UPDATE, DELETE'))
        AS able FROM platform.time_partitions`,
      [`bulwark_${role}`],
    );
    expect(able).toEqual({ able: false });
  });

  it('have the indexes of their table in every partition', async () => {
    const partitions = await query<{ parent: string; all: number; unlike: number }>(
      `SELECT inhparent::regclass::text AS parent, count(*)::int AS all,
        count(*) FILTER (WHERE (SELECT count(*) FROM pg_index
          WHERE indrelid = inhrelid) <> (SELECT count(*) FROM pg_index WHERE indrelid = inhparent))::int AS unlike
         FROM pg_inherits WHERE inhparent IN ('platform.outbox'::regclass, 'platform.inbox'::regclass)
        GROUP BY inhparent ORDER BY parent`,
    );
    expect(partitions.map(({ parent, unlike }) => ({ parent, unlike }))).toEqual([
      { parent: 'platform.inbox', unlike: 0 },
      { parent: 'platform.outbox', unlike: 0 },
    ]);
    // How many there are depends on the day; the first, the default one and one made by the function there are always.
    for (const { all } of partitions) expect(all).toBeGreaterThanOrEqual(3);
  });

  it('are asked for one event in one partition', async () => {
    const id = uuidv7();
    for (const statement of [
      `SELECT FROM platform.outbox WHERE id = '${id}'`,
      `SELECT FROM platform.inbox WHERE event_id = '${id}' AND consumer = 'ledger'`,
      `UPDATE platform.outbox SET attempts = 1 WHERE id = ANY('{${id}}')`,
    ]) {
      const plan = JSON.stringify(await query(`EXPLAIN (FORMAT JSON) ${statement}`));
      expect({
        statement,
        scanned: new Set([...plan.matchAll(/"Relation Name": ?"([^"]+_[^"]+)"/g)].map((match) => match[1])).size,
      }).toEqual({ statement, scanned: 1 });
    }
  });
});
