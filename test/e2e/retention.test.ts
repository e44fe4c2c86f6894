import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { hashToken } from '../../src/modules/account/domain/token-hash.js';
import { accountRetention } from '../../src/modules/account/persistence/account-retention.js';
import { Sessions } from '../../src/modules/account/persistence/sessions.js';
import { ContextDatabase } from '../../src/platform/database/index.js';
import { logger } from '../../src/platform/observability/index.js';
import { DeleteOldRows } from '../../src/platform/retention/delete-old-rows.js';
import { deleteBatchSql, deleteDependentsSql, deleteEndedRows } from '../../src/platform/retention/ended-rows.js';
import { RetainedTables, days } from '../../src/platform/retention/index.js';
import { retentionMetrics } from '../../src/platform/retention/retention.metrics.js';
import type { RetainedRows } from '../../src/platform/retention/retained-tables.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query, withOwner } from '../support/fresh-start.js';
import { testServices } from '../support/services.js';

/** A few rows at any time: their table is read as a whole. */
const SMALL = ['platform.signing_keys'];

const ids = async (sql: string): Promise<string[]> => (await query<{ id: string }>(sql)).map(({ id }) => id).toSorted();

describe('the retention of rows', () => {
  let app: INestApplicationContext;
  let account: string;

  beforeAll(async () => {
    await freshStart();
    Object.assign(process.env, testServices().environment, { BULWARK_DATA_DIR: testServices().dataDir });
    logger.level = 'silent';
    app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  });

  beforeEach(async () => {
    account = randomUUID();
    await query(
      `INSERT INTO account.accounts (id, email, email_normalised, display_name, password_hash)
        VALUES ($1, $2, $2, 'A customer', 'x')`,
      [account, `${account}@example.com`],
    );
  });

  afterAll(async () => {
    await app?.close();
  });

  const get = <T>(token: Type<T>): T => app.get(token, { strict: false });
  const rulesOf = (table: string): RetainedRows[] =>
    get(RetainedTables)
      .rules()
      .filter((rows) => rows.table === table);
  /** Deletes batch by batch until nothing is left. @returns how many batches it took */
  const deleteAll = async (table: string, batchMax = 500): Promise<number> => {
    let batches = 0;
    for (const rows of rulesOf(table))
      for (let full = true; full; batches++) full = (await deleteEndedRows(rows, batchMax)).isFull;
    return batches;
  };
  /** Tables in the database, whole ones and default partitions; the other partitions go as their table says. */
  const undeclared = async (): Promise<{ missing: string[]; unknown: string[] }> => {
    const rows = await query<{ name: string }>(
      `SELECT format('%s.%s', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND (NOT relispartition OR pg_get_expr(relpartbound, c.oid) = 'DEFAULT')
          AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`,
    );
    const tables = new Set(rows.map(({ name }) => name));
    const declared = new Set(get(RetainedTables).names());
    return {
      missing: [...tables].filter((table) => !declared.has(table)),
      unknown: [...declared].filter((table) => !tables.has(table)),
    };
  };

  const newSession = async (begun: string, expires: string, ended: string | null = null): Promise<string> => {
    const id = randomUUID();
    await query(
      `INSERT INTO account.sessions (id, account_id, created_at, expires_at, ended_at)
        VALUES ($1, $2, now() + $3::interval, now() + $4::interval, now() + $5::interval)`,
      [id, account, begun, expires, ended],
    );
    return id;
  };
  const newToken = async (sessionId: string, used: string | null, token = randomUUID()): Promise<string> => {
    await query(
      'INSERT INTO account.refresh_tokens (token_hash, session_id, used_at) VALUES ($1, $2, now() + $3::interval)',
      [hashToken(token), sessionId, used],
    );
    return token;
  };

  it('is declared for each table of the database, and for none that is not there', async () => {
    expect(await undeclared()).toEqual({ missing: [], unknown: [] });
    await query('CREATE TABLE account.forgotten (id uuid PRIMARY KEY)');
    expect(await undeclared()).toEqual({ missing: ['account.forgotten'], unknown: [] });
    await query('DROP TABLE account.forgotten');
  });

  it('is declared once for each table', () => {
    const [rows] = rulesOf('account.sessions');
    expect(() =>
      get(RetainedTables).declare(rows?.database as ContextDatabase, 'account', { sessions: { keptForGood: 'no' } }),
    ).toThrow('account.sessions');
  });

  it('finds what has to go by an index, in the order in which it goes', async () => {
    const found: string[] = [];
    for (const rows of get(RetainedTables).rules()) {
      if (SMALL.includes(rows.table)) continue;
      for (const sql of [deleteBatchSql(rows), deleteDependentsSql(rows)]) {
        if (sql === undefined) continue;
        const plan = await withOwner(async (client) => {
          await client.query('BEGIN');
          // Tables are empty here: without this a whole one is read, which says nothing about millions of rows.
          await client.query('SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off');
          const { rows: plans } = await client.query(`EXPLAIN (FORMAT JSON) ${sql}`, [
            rows.rule.keptSeconds,
            500,
            rows.table,
          ]);
          return JSON.stringify(plans);
        });
        if (/"(Seq Scan|Sort|Incremental Sort)"/.test(plan)) found.push(`${rows.table}: ${plan}`);
      }
    }
    expect(found).toEqual([]);
  });

  it('ends for a session a month after it has ended or expired', async () => {
    const [live, ended, expired] = [
      await newSession('-20 days', '10 days'),
      await newSession('-60 days', '-29 days'),
      await newSession('-40 days', '10 days', '-29 days'),
    ];
    await newSession('-70 days', '-31 days');
    await newSession('-40 days', '10 days', '-31 days');
    // Ended by a change of the password long after it had expired.
    await newSession('-70 days', '-31 days', '-1 day');
    await deleteAll('account.sessions');
    expect(await ids('SELECT id FROM account.sessions')).toEqual([live, ended, expired].toSorted());
    await query('DELETE FROM account.sessions');
  });

  it('takes the tokens of a session with it, in batches however many there are', async () => {
    const [gone, live] = [await newSession('-70 days', '-31 days'), await newSession('-1 day', '29 days')];
    await newToken(live, null);
    await query(
      `INSERT INTO account.refresh_tokens (token_hash, session_id, used_at)
        SELECT sha256(n::text::bytea), $1, now() - interval '40 days' FROM generate_series(1, 1200) AS n`,
      [gone],
    );
    const [rows] = rulesOf('account.sessions');
    const first = await deleteEndedRows(rows as RetainedRows, 500);
    expect(first).toEqual({ rows: { 'account.refresh_tokens': 500, 'account.sessions': 0 }, isFull: true });
    expect(await deleteAll('account.sessions')).toBe(2);
    expect(await ids('SELECT id FROM account.sessions')).toEqual([live]);
    expect(await query('SELECT FROM account.refresh_tokens')).toHaveLength(1);
    await query('DELETE FROM account.refresh_tokens; DELETE FROM account.sessions');
  });

  it('keeps a used refresh token as long as its reuse ends a session', async () => {
    const session = await newSession('-29 days 23 hours', '1 hour');
    const stolen = await newToken(session, '-29 days');
    const worthless = await newToken(session, '-31 days');
    await deleteAll('account.refresh_tokens');
    const database = app.get<ContextDatabase>('ContextDatabase:account', { strict: false });
    const use = (token: string) => database.transaction((tx) => get(Sessions).useRefreshToken(tx, token));
    expect(await use(stolen)).toMatchObject({ kind: 'reused', sessionId: session });
    expect(await use(worthless)).toMatchObject({ kind: 'unknown' });
    // Where sessions live longer, so do the tokens.
    const { refresh_tokens: kept } = accountRetention(days(90));
    expect(kept).toMatchObject({ deletes: [{ keptSeconds: days(90) }] });
    await query('DELETE FROM account.refresh_tokens; DELETE FROM account.sessions');
  });

  it('ends for a reset a month after it was used or has expired', async () => {
    const newReset = async (expires: string, used: string | null): Promise<string> => {
      const id = randomUUID();
      await query(
        `INSERT INTO account.password_resets (id, account_id, token_hash, expires_at, used_at)
          VALUES ($1, $2, $3, now() + $4::interval, now() + $5::interval)`,
        [id, account, randomBytes(32), expires, used],
      );
      return id;
    };
    const kept = [
      await newReset('20 minutes', null),
      await newReset('-29 days', null),
      await newReset('-29 days', '-29 days'),
    ];
    await newReset('-31 days', null);
    await newReset('-31 days', '-31 days');
    await deleteAll('account.password_resets');
    expect(await ids('SELECT id FROM account.password_resets')).toEqual(kept.toSorted());
  });

  it('ends for deliveries when they are of no more use, and with their endpoint', async () => {
    const newEndpoint = async (status: string): Promise<string> => {
      const id = randomUUID();
      await query(
        `INSERT INTO platform.webhook_endpoints (id, account_id, url, events, status, secret_sealed)
          VALUES ($1, $2, 'https://example.com', '{payment.captured}', $3, 'x')`,
        [id, account, status],
      );
      return id;
    };
    const newDelivery = async (endpoint: string, status: string, ended: string | null): Promise<string> => {
      const id = randomUUID();
      await query(
        `INSERT INTO platform.webhook_deliveries (id, endpoint_id, event_id, event_type, body, status, ended_at)
          VALUES ($1, $2, $3, 'payment.captured', '{}', $4, now() + $5::interval)`,
        [id, endpoint, randomUUID(), status, ended],
      );
      return id;
    };
    const [enabled, deleted] = [await newEndpoint('enabled'), await newEndpoint('deleted')];
    const kept = [
      await newDelivery(enabled, 'pending', null),
      await newDelivery(enabled, 'delivered', '-29 days'),
      await newDelivery(enabled, 'dead', '-89 days'),
    ];
    await newDelivery(enabled, 'delivered', '-31 days');
    await newDelivery(enabled, 'dead', '-91 days');
    await newDelivery(deleted, 'pending', null);
    await newDelivery(deleted, 'delivered', '-1 day');
    await deleteAll('platform.webhook_deliveries');
    await deleteAll('platform.webhook_endpoints');
    expect(await ids('SELECT id FROM platform.webhook_deliveries')).toEqual(kept.toSorted());
    expect(await ids('SELECT id FROM platform.webhook_endpoints')).toEqual([enabled]);
  });

  it('is enforced by one worker at a time, and the others do not wait for it', async () => {
    const gone = await newSession('-70 days', '-31 days');
    const [rows] = rulesOf('account.sessions') as [RetainedRows];
    await withOwner(async (other) => {
      await other.query('BEGIN');
      await other.query("SELECT pg_advisory_xact_lock(2859277, hashtext('account.sessions'))");
      expect(await deleteEndedRows(rows, 500)).toMatchObject({ rows: { 'account.sessions': 0 }, isFull: false });
      await other.query('COMMIT');
    });
    const rounds = await Promise.all(Array.from({ length: 6 }, () => deleteEndedRows(rows, 500)));
    expect(rounds.reduce((sum, { rows: deleted }) => sum + (deleted['account.sessions'] ?? 0), 0)).toBe(1);
    expect(await ids('SELECT id FROM account.sessions')).not.toContain(gone);
  });

  it('is enforced by the worker, batch by batch, and counted', async () => {
    await query(
      `INSERT INTO payments.provider_events (id, type, received_at)
        SELECT 'evt_' || n, 'charge.updated', now() - interval '31 days' FROM generate_series(1, 1201) AS n`,
    );
    const table = 'payments.provider_events';
    const counted = async (): Promise<number | undefined> =>
      (await retentionMetrics.deleted.get()).values.find(({ labels }) => labels.table === table)?.value;
    const before = (await counted()) ?? 0;
    const task = get(DeleteOldRows);
    task.start();
    await eventually(async () => (await query('SELECT FROM payments.provider_events')).length === 0);
    await eventually(async () => (await counted()) === before + 1_201);
    await eventually(async () =>
      (await retentionMetrics.overdueSeconds.get()).values.some(
        ({ labels, value }) => labels.table === table && value === 0,
      ),
    );
    await task.stop();
  });

  it('lets no role delete what is kept for good', async () => {
    const able = await query<{ role: string; table: string }>(
      `SELECT rolname AS role, format('%s.%s', schemaname, tablename) AS table FROM pg_roles, pg_tables
        WHERE rolname LIKE 'bulwark\\_%' AND schemaname IN ('catalog', 'account', 'payments')
          AND has_table_privilege(rolname, format('%I.%I', schemaname, tablename), 'DELETE')`,
    );
    const deletable = new Set(able.map(({ table }) => table));
    const keptForGood = [
      'account.accounts',
      'payments.payments',
      'payments.refunds',
      'payments.ledger_entries',
      'catalog.items',
    ];
    expect(keptForGood.filter((table) => deletable.has(table))).toEqual([]);
    expect([...deletable]).toEqual(expect.arrayContaining(['account.sessions', 'payments.provider_events']));
  });
});
