import { randomUUID } from 'node:crypto';
import { Body, Controller, Post } from '@nestjs/common';
import { IsIn, IsInt } from 'class-validator';
import { v7 as uuidv7 } from 'uuid';
import { CONFIG, type Config } from '../../src/platform/config/index.js';
import { ContextDatabase, InjectDatabase } from '../../src/platform/database/index.js';
import { Idempotency, Idempotent, RecoverableOperations, type Answer } from '../../src/platform/idempotency/index.js';
import { KeyReaper } from '../../src/platform/idempotency/key-reaper.js';
import type { ApiAnswer } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { startPlatformApp, type PlatformApp } from '../support/platform-app.js';

class ErrandDto {
  @IsInt()
  amount: number;

  @IsIn(['done', 'dies', 'waits', 'processing'])
  fate: 'done' | 'dies' | 'waits' | 'processing';
}

interface Errand {
  readonly id: string;
  readonly amount: number;
  readonly isPending: boolean;
}

const presentErrand = ({ id, amount, isPending }: Errand): Answer => ({
  status: isPending ? 202 : 201,
  provisional: isPending,
  body: { amount, id },
});

let releaseHeld: () => void = () => undefined;
let waiting = 0;

@Controller('v1')
class ErrandsController {
  constructor(
    private readonly idempotency: Idempotency,
    @InjectDatabase('payments') private readonly database: ContextDatabase,
  ) {}

  /** No recovery ends what a dead attempt left. */
  @Post('errands')
  @Idempotent({ presenter: presentErrand })
  run(@Body() errand: ErrandDto): Promise<Errand> {
    return this.work(errand);
  }

  @Post('charges')
  @Idempotent({ presenter: presentErrand, recoverable: true })
  charge(@Body() errand: ErrandDto): Promise<Errand> {
    return this.work(errand);
  }

  private async work({ amount, fate }: ErrandDto): Promise<Errand> {
    if (fate === 'dies') throw new Error('The process dies.');
    if (fate === 'waits') {
      waiting++;
      await new Promise<void>((resolve) => (releaseHeld = resolve));
    }
    const errand = { id: this.idempotency.workId(), amount, isPending: fate === 'processing' };
    await this.database.transaction((tx) => this.idempotency.answer(tx, errand));
    return errand;
  }
}

const headers = { 'x-account': '01900000-0000-7000-8000-00000000000a' };
const BATCH = 500;

describe('the life of an idempotency key', () => {
  let app: PlatformApp;

  beforeAll(async () => {
    await freshStart();
    app = await startPlatformApp([ErrandsController]);
  });

  afterAll(async () => {
    await app?.stop();
  });

  // A test that fails half-way must not leave a request behind that waits for ever.
  afterEach(() => releaseHeld());

  const post = (route: string, fate: ErrandDto['fate'], key: string, amount = 1): Promise<ApiAnswer> =>
    app.api.post(`/v1/${route}`, { amount, fate }, { key, headers });
  const stateOf = async (key: string): Promise<string | undefined> =>
    (await query<{ state: string }>('SELECT state FROM audit.idempotency_keys WHERE key = $1', [key]))[0]?.state;
  const age = (...keys: string[]): Promise<unknown> =>
    query(
      `UPDATE platform.idempotency_keys SET created_at = now() - interval '25 hours',
        expires_at = now() - interval '1 hour' WHERE key = ANY($1)`,
      [keys],
    );
  const newReaper = (): KeyReaper =>
    new KeyReaper(
      app.nest.get<Config>(CONFIG, { strict: false }),
      app.nest.get<ContextDatabase>('ContextDatabase:platform', { strict: false }),
      app.get(RecoverableOperations),
    );
  const reap = async (): Promise<void> => {
    const reaper = newReaper();
    reaper.start();
    await reaper.stop();
  };

  it('ends after a day: the key counts as new, with another body too, and an unused one is removed', async () => {
    const [again, forgotten, young] = [randomUUID(), randomUUID(), randomUUID()];
    for (const key of [again, forgotten, young]) await post('charges', 'done', key);
    await age(again, forgotten);
    expect(await post('charges', 'done', again, 2)).toMatchObject({ status: 201, body: { amount: 2 } });
    await reap();
    expect(await Promise.all([again, forgotten, young].map(stateOf))).toEqual(['finished', undefined, 'finished']);
  });

  it('ends for unfinished work as well where no recovery ends it, and there alone', async () => {
    const [errand, charge, provisional] = [randomUUID(), randomUUID(), randomUUID()];
    expect(await post('errands', 'dies', errand)).toMatchObject({ status: 500 });
    expect(await post('charges', 'dies', charge)).toMatchObject({ status: 500 });
    expect(await post('charges', 'processing', provisional)).toMatchObject({ status: 202 });
    await reap();
    expect(await Promise.all([errand, charge, provisional].map(stateOf))).toEqual(['running', 'running', 'processing']);
    await age(errand, charge, provisional);
    await reap();
    expect(await Promise.all([errand, charge, provisional].map(stateOf))).toEqual([undefined, 'running', 'processing']);
  });

  it('ends for work that never began where its recovery says so, and not while an attempt runs', async () => {
    const [unbegun, begun, provisional, held] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    for (const key of [unbegun, begun, held]) expect(await post('charges', 'dies', key)).toMatchObject({ status: 500 });
    await post('charges', 'processing', provisional);
    const keys = [unbegun, begun, provisional, held];
    await age(...keys);
    for (const [index, key] of keys.entries())
      await query('UPDATE platform.idempotency_keys SET work_id = $2 WHERE key = $1', [
        key,
        uuidv7({ msecs: Date.now() - 90_000_000 + index }),
      ]);
    await query('UPDATE platform.idempotency_keys SET locked_at = now() WHERE key = $1', [held]);
    const [pending] = await query<{ work_id: string }>('SELECT work_id FROM platform.idempotency_keys WHERE key = $1', [
      begun,
    ]);
    const asked: string[] = [];
    app.get(RecoverableOperations).register({
      route: 'POST /v1/charges',
      stillOpen: (ids) => {
        asked.push(...ids);
        return Promise.resolve(ids.filter((id) => id === pending?.work_id));
      },
      presenter: presentErrand,
    });
    const reaper = newReaper();
    reaper.start();
    await eventually(async () => (await stateOf(unbegun)) === undefined);
    await reaper.stop();
    expect(await Promise.all(keys.map(stateOf))).toEqual([undefined, 'running', 'processing', 'running']);
    expect(asked).toHaveLength(2);
  });

  it('ends for unfinished work before the reaper removes it: the key serves another request', async () => {
    const [errand, charge] = [randomUUID(), randomUUID()];
    await post('errands', 'dies', errand);
    await post('charges', 'dies', charge);
    const [dead] = await query<{ work_id: string }>('SELECT work_id FROM platform.idempotency_keys WHERE key = $1', [
      errand,
    ]);
    expect(await post('errands', 'done', errand, 2)).toMatchObject({ status: 422 });
    await age(errand, charge);
    const anew = await post('errands', 'done', errand, 2);
    expect(anew).toMatchObject({ status: 201, body: { amount: 2 } });
    expect(anew.body.id).not.toBe(dead?.work_id);
    expect(await post('charges', 'done', charge, 2)).toMatchObject({ status: 422 });
  });

  it('does not end while an attempt runs', async () => {
    const key = randomUUID();
    const before = waiting;
    const slow = post('errands', 'waits', key);
    await eventually(() => waiting > before);
    await age(key);
    await reap();
    expect(await stateOf(key)).toBe('running');
    releaseHeld();
    expect(await slow).toMatchObject({ status: 201 });
  });

  it('ends for any number at once: the reaper goes on batch by batch', async () => {
    await query(
      `INSERT INTO platform.idempotency_keys (scope, key, fingerprint, state, work_id, lock_token, status, headers,
        body, expires_at)
       SELECT 'anonymous POST /v1/errands', 'old-' || n, 'x', 'finished', gen_random_uuid(), gen_random_uuid(), 200,
         '{}', '', now() - interval '1 hour' FROM generate_series(1, $1::int) AS n`,
      [BATCH * 2 + 1],
    );
    const reaper = newReaper();
    reaper.start();
    await eventually(
      async () => (await query(`SELECT FROM audit.idempotency_keys WHERE key LIKE 'old-%'`)).length === 0,
    );
    await reaper.stop();
  });
});
