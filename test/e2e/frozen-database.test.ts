import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AppModule } from '../../src/app.module.js';
import { DATABASE_CONTEXTS } from '../../src/platform/config/index.js';
import { logger } from '../../src/platform/observability/index.js';
import { startBackgroundTasks } from '../../src/platform/runtime/index.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { testServices } from '../support/services.js';
import { TcpRelay } from '../support/tcp-relay.js';

const ANSWER_TIMEOUT_MS = 1_000;
/** For what comes after: a wait for the pool, a pause of a task, a batch. */
const WAIT_MS = 5_000;
const AT_ONCE = 12;

/** A worker whose way to the database the test holds. */
describe('a database that has fallen silent', () => {
  let relay: TcpRelay;
  let app: INestApplicationContext;
  let stopTasks: () => Promise<void>;

  beforeEach(async () => {
    await freshStart();
    const { environment, dataDir } = testServices();
    const database = new URL(environment.DATABASE_URL ?? '');
    relay = new TcpRelay(Number(database.port));
    database.port = String(await relay.listen());
    Object.assign(process.env, environment, {
      BULWARK_DATA_DIR: dataDir,
      DATABASE_URL: database.toString(),
      DATABASE_REPLICA_URLS: '',
      DATABASE_ANSWER_TIMEOUT_MS: String(ANSWER_TIMEOUT_MS),
      REAP_INTERVAL_SECONDS: '1',
    });
    logger.level = 'silent';
    app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    stopTasks = await startBackgroundTasks(app);
  });

  afterEach(async () => {
    relay.thaw();
    await stopTasks();
    await app.close();
    await relay.close();
    delete process.env.DATABASE_ANSWER_TIMEOUT_MS;
    delete process.env.REAP_INTERVAL_SECONDS;
  });

  const sources = (): DataSource[] =>
    DATABASE_CONTEXTS.map((context) => app.get<DataSource>(getDataSourceToken(context), { strict: false }));
  const poolOf = (source: DataSource) =>
    (source.driver as unknown as { master: { totalCount: number; idleCount: number } }).master;
  const held = (): number =>
    sources().reduce((sum, source) => sum + poolOf(source).totalCount - poolOf(source).idleCount, 0);
  /** Fills every pool with statements that are under way. @returns for each whether it was answered */
  const fillPools = (): Promise<boolean[]> =>
    Promise.all(
      sources().flatMap((source) =>
        Array.from({ length: AT_ONCE }, () =>
          source.query('SELECT pg_sleep(0.5)').then(
            () => true,
            () => false,
          ),
        ),
      ),
    );
  const answersAll = async (): Promise<boolean> => {
    await Promise.all(sources().map((source) => source.query('SELECT 1')));
    return true;
  };

  it('loses the places of the pools that it holds, so that its successor is served at once', async () => {
    const underWay = fillPools();
    await eventually(() => held() >= 20);
    relay.strand();
    expect(await underWay).toContain(false);
    // No kernel has given up a connection by then; the pools have.
    await eventually(answersAll, ANSWER_TIMEOUT_MS + WAIT_MS);
    await eventually(() => held() < 5);
  });

  it.each(['strand', 'freeze'] as const)('keeps no background task from its work after it: %s', async (fault) => {
    relay[fault]();
    await new Promise((resolve) => {
      setTimeout(resolve, ANSWER_TIMEOUT_MS * 4);
    });
    relay.thaw();
    await query(
      `INSERT INTO payments.provider_events (id, type, received_at)
        VALUES ('evt_old', 'a', now() - interval '31 days')`,
    );
    await query(
      `INSERT INTO platform.idempotency_keys (scope, key, fingerprint, state, work_id, lock_token, status, headers,
        body, expires_at)
       VALUES ('anonymous POST /v1/errands', 'old', 'x', 'finished', gen_random_uuid(), gen_random_uuid(), 200, '{}',
         '', now() - interval '1 hour')`,
    );
    await query(
      `INSERT INTO platform.outbox (id, aggregate_type, aggregate_id, type, payload, occurred_at)
        VALUES ($1, 'thing', 'one', 'test.made.v1', '{}', now())`,
      [uuidv7()],
    );
    const isDone = async (): Promise<boolean> =>
      (
        await query(
          `SELECT FROM payments.provider_events UNION ALL SELECT FROM platform.idempotency_keys
            UNION ALL SELECT FROM platform.outbox WHERE published_at IS NULL`,
        )
      ).length === 0;
    await eventually(isDone, ANSWER_TIMEOUT_MS + WAIT_MS);
  });

  it('does not keep a process from stopping', async () => {
    relay.freeze();
    await new Promise((resolve) => {
      setTimeout(resolve, ANSWER_TIMEOUT_MS * 2);
    });
    const began = performance.now();
    await stopTasks();
    expect(performance.now() - began).toBeLessThan(ANSWER_TIMEOUT_MS * 2 + WAIT_MS);
  });
});
