import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { IsIn, IsInt, IsOptional } from 'class-validator';
import { ContextDatabase, InjectDatabase } from '../../src/platform/database/index.js';
import {
  Idempotency,
  Idempotent,
  RecoverableOperations,
  presentNoContent,
  type Answer,
} from '../../src/platform/idempotency/index.js';
import { defineProblems } from '../../src/platform/problems/index.js';
import type { ApiAnswer } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { startPlatformApp, type PlatformApp } from '../support/platform-app.js';

const WorkProblems = defineProblems({
  work_declined: { status: 402, title: 'Declined', repair: 'Use another card.', log: 'debug', retry: false },
  work_shed: { status: 503, title: 'Busy', repair: 'Later.', log: 'debug', retry: true },
  work_limited: { status: 429, title: 'Too many', repair: 'Later.', log: 'debug', retry: true },
});
const FATES = [
  'done',
  'declined',
  'shed',
  'limited',
  'fails-once-after-a-phase',
  'undone-once',
  'rolls-back',
  'processing',
  'answers-then-fails',
] as const;

class WorkDto {
  @IsInt()
  amount: number;

  @IsOptional()
  @IsIn(FATES)
  fate?: (typeof FATES)[number];
}

interface Work {
  readonly id: string;
  readonly amount: number;
  readonly executions: number;
  readonly isPending: boolean;
}

const presentWork = ({ isPending, ...work }: Work): Answer => ({
  status: isPending ? 202 : 201,
  provisional: isPending,
  body: { ...work, text: 'naïve ☂' },
  headers: { Location: `/v1/works/${work.id}`, ETag: '"1"' },
});

const presentChange = (change: Pick<Work, 'amount' | 'executions'>): Answer => ({
  status: 203,
  body: change,
  headers: { ETag: '"2"' },
});

/** Work in hand, so that a test decides when it goes on. */
let held: Promise<void> = Promise.resolve();
let releaseHeld: () => void = () => undefined;
let executions = 0;

function hold(): void {
  held = new Promise((resolve) => (releaseHeld = resolve));
}

@Controller('v1/works')
class WorksController {
  constructor(
    private readonly idempotency: Idempotency,
    @InjectDatabase('payments') private readonly database: ContextDatabase,
  ) {}

  @Post()
  @Idempotent({ presenter: presentWork })
  async make(@Body() { amount, fate = 'done' }: WorkDto): Promise<Work> {
    executions++;
    const id = this.idempotency.workId();
    await held;
    if (fate === 'declined') throw WorkProblems.work_declined('The bank said no.');
    if (fate === 'shed') throw WorkProblems.work_shed('Not now.', { retryAfterSeconds: 1 });
    if (fate === 'limited') throw WorkProblems.work_limited('Not now.', { retryAfterSeconds: 1 });
    if (fate === 'fails-once-after-a-phase' && executions === 1) {
      await this.database.transaction((tx) => this.idempotency.advance(tx, 'charged'));
      throw new Error('The process stumbles.');
    }
    if (fate === 'undone-once' && executions === 1) {
      await this.database.transaction((tx) => this.idempotency.undo(tx));
      // Not a refusal that frees the key, but a death before one could.
      throw new Error(`The process dies with ${id}.`);
    }
    const work: Work = { id, amount, executions, isPending: fate === 'processing' };
    await this.database.transaction(async (tx) => {
      await tx.query('INSERT INTO payments.works (id, amount) VALUES ($1, $2)', [id, amount]);
      await this.idempotency.answer(tx, work);
      if (fate === 'rolls-back') throw new Error('The commit never comes.');
    });
    if (fate === 'answers-then-fails') throw new Error('Too late to matter.');
    return { ...work, amount: -1 };
  }

  /** Answers outside of a transaction, with another status than the decorator's. */
  @Patch()
  @HttpCode(202)
  @Idempotent({ presenter: presentChange })
  change(@Body() { amount }: WorkDto): Pick<Work, 'amount' | 'executions'> {
    executions++;
    return { amount, executions };
  }

  @Delete(':id')
  @HttpCode(200)
  @Idempotent({ presenter: presentNoContent })
  remove(@Param('id') _id: string): void {
    executions++;
  }
}

const alice = { 'x-account': '01900000-0000-7000-8000-00000000000a' };
const bob = { 'x-account': '01900000-0000-7000-8000-00000000000b' };
const rowsOf = (key: string) =>
  query<{ state: string }>('SELECT state FROM audit.idempotency_keys WHERE key = $1', [key]);

describe('idempotent requests', () => {
  let one: PlatformApp;
  let other: PlatformApp;
  const post = (
    app: PlatformApp,
    body: object,
    key: string,
    headers: Record<string, string> = alice,
  ): Promise<ApiAnswer> => app.api.post('/v1/works', body, { key, headers });

  beforeAll(async () => {
    await freshStart();
    await query('CREATE TABLE payments.works (id uuid PRIMARY KEY, amount integer NOT NULL)');
    await query('GRANT SELECT, INSERT ON payments.works TO bulwark_payments');
    one = await startPlatformApp([WorksController]);
    other = await startPlatformApp([WorksController]);
  });

  afterAll(async () => {
    await Promise.all([one?.stop(), other?.stop()]);
  });

  beforeEach(async () => {
    held = Promise.resolve();
    executions = 0;
    await query('DELETE FROM payments.works');
  });

  // A test that fails half-way must not leave requests behind that wait for ever.
  afterEach(() => releaseHeld());

  it('does the work once for 200 concurrent requests over two processes, and gives each the same bytes', async () => {
    hold();
    const key = randomUUID();
    const answers = Array.from({ length: 200 }, (_, index) => post(index % 2 === 0 ? one : other, { amount: 1 }, key));
    await eventually(() => executions > 0);
    releaseHeld();
    const texts = new Set((await Promise.all(answers)).map(({ status, text }) => `${status} ${text}`));
    expect(texts.size).toBe(1);
    expect([...texts][0]).toMatch(/^201 /);
    expect(executions).toBe(1);
    expect(await query('SELECT FROM payments.works')).toHaveLength(1);
  });

  it('replays status, bytes, type, location and etag, also in another process and to a quoted key', async () => {
    const key = randomUUID();
    const first = await post(one, { amount: 1 }, key);
    expect(first).toMatchObject({ status: 201, body: { amount: 1, text: 'naïve ☂' } });
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    for (const [app, sent] of [
      [one, key],
      [other, key],
      [other, `"${key}"`],
    ] as const) {
      const replay = await post(app, { amount: 1 }, sent);
      expect(replay).toMatchObject({ status: 201, text: first.text });
      expect(replay.headers.get('idempotency-replayed')).toBe('true');
      for (const name of ['content-type', 'location', 'etag'])
        expect(replay.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(executions).toBe(1);
  });

  it('refuses a key that was used for another request, whether that one has ended or still runs', async () => {
    hold();
    const key = randomUUID();
    const first = post(one, { amount: 1 }, key);
    await eventually(() => executions === 1);
    for (const app of [one, other])
      expect(await post(app, { amount: 2 }, key)).toMatchObject({
        status: 422,
        body: { code: 'idempotency_key_reused', type: '/problems/idempotency_key_reused' },
      });
    releaseHeld();
    const { text } = await first;
    expect(await post(one, { amount: 2 }, key)).toMatchObject({ status: 422 });
    expect((await post(one, { amount: 1 }, key)).text).toBe(text);
    expect(executions).toBe(1);
  });

  it('keeps the keys of two callers, and of two routes, apart', async () => {
    const key = randomUUID();
    const [a, b] = await Promise.all([post(one, { amount: 1 }, key, alice), post(one, { amount: 1 }, key, bob)]);
    expect([a.status, b.status]).toEqual([201, 201]);
    expect(a.body.id).not.toBe(b.body.id);
    expect(await one.api.patch('/v1/works', { amount: 1 }, { key, headers: alice })).toMatchObject({ status: 203 });
  });

  it('stores and replays a decline, and takes the next key', async () => {
    const key = randomUUID();
    const declined = await post(one, { amount: 1, fate: 'declined' }, key);
    expect(declined).toMatchObject({ status: 402, body: { code: 'work_declined', instance: '/v1/works' } });
    const replay = await post(other, { amount: 1, fate: 'declined' }, key);
    expect(replay).toMatchObject({ status: 402, text: declined.text });
    expect(replay.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(replay.headers.get('idempotency-replayed')).toBe('true');
    expect(executions).toBe(1);
    expect(await post(one, { amount: 1 }, randomUUID())).toMatchObject({ status: 201 });
  });

  it.each([
    [400, { amount: 'one' }],
    [429, { amount: 1, fate: 'limited' }],
    [503, { amount: 1, fate: 'shed' }],
  ])('does not use a key up with a %i: the same key serves a corrected request', async (status, body) => {
    const key = randomUUID();
    expect(await post(one, body, key)).toMatchObject({ status });
    expect(await rowsOf(key)).toEqual([]);
    expect(await post(one, { amount: 1 }, key)).toMatchObject({ status: 201 });
  });

  it('never replays a 5xx: the next attempt continues at the recovery point, with the same id', async () => {
    const key = randomUUID();
    const body = { amount: 1, fate: 'fails-once-after-a-phase' };
    expect(await post(one, body, key)).toMatchObject({ status: 500 });
    const [row] = await query<{ work_id: string; recovery_point: string }>(
      'SELECT work_id, recovery_point FROM platform.idempotency_keys WHERE key = $1',
      [key],
    );
    expect(row?.recovery_point).toBe('charged');
    expect(await post(other, body, key)).toMatchObject({ status: 201, body: { id: row?.work_id } });
    expect(executions).toBe(2);
  });

  it('begins undone work anew, under a new id, also when the process died before the key was freed', async () => {
    const key = randomUUID();
    const body = { amount: 1, fate: 'undone-once' };
    expect(await post(one, body, key)).toMatchObject({ status: 500 });
    const [undone] = await query<{ work_id: string }>('SELECT work_id FROM platform.idempotency_keys WHERE key = $1', [
      key,
    ]);
    const anew = await post(other, body, key);
    expect(anew).toMatchObject({ status: 201, body: { executions: 2 } });
    expect(anew.body.id).not.toBe(undone?.work_id);
  });

  it('stores no answer whose effect rolled back', async () => {
    const key = randomUUID();
    expect(await post(one, { amount: 1, fate: 'rolls-back' }, key)).toMatchObject({ status: 500 });
    expect(await rowsOf(key)).toEqual([{ state: 'running' }]);
    expect(await query('SELECT FROM payments.works')).toHaveLength(0);
  });

  it('answers with the committed answer although the handler failed after it', async () => {
    const key = randomUUID();
    expect(await post(one, { amount: 1, fate: 'answers-then-fails' }, key)).toMatchObject({ status: 201 });
  });

  it('lets no attempt commit that has lost the lease: one effect, and both requests get its answer', async () => {
    hold();
    const key = randomUUID();
    const slow = post(one, { amount: 1 }, key);
    await eventually(() => executions === 1);
    await query(`UPDATE platform.idempotency_keys SET locked_at = now() - interval '1 hour' WHERE key = $1`, [key]);
    const taken = post(other, { amount: 1 }, key);
    await eventually(() => executions === 2);
    releaseHeld();
    const [first, second] = await Promise.all([slow, taken]);
    expect(first).toMatchObject({ status: 201, text: second.text });
    expect(await query('SELECT FROM payments.works')).toHaveLength(1);
  });

  it('answers 409 with Retry-After when the first one does not end within the wait', async () => {
    hold();
    const key = randomUUID();
    const first = post(one, { amount: 1 }, key);
    await eventually(() => executions === 1);
    const late = await Promise.all([post(one, { amount: 1 }, key), post(other, { amount: 1 }, key)]);
    for (const answer of late) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    releaseHeld();
    expect(await first).toMatchObject({ status: 201 });
  }, 30_000);

  it('replays a provisional answer until the recovery brings the final answer, which then stays', async () => {
    const key = randomUUID();
    const pending = await post(one, { amount: 1, fate: 'processing' }, key);
    expect(pending).toMatchObject({ status: 202 });
    expect((await post(one, { amount: 1, fate: 'processing' }, key)).text).toBe(pending.text);
    expect(await rowsOf(key)).toEqual([{ state: 'processing' }]);
    const { database, idempotency } = {
      database: one.nest.get<ContextDatabase>('ContextDatabase:payments', { strict: false }),
      idempotency: one.get(Idempotency),
    };
    one.get(RecoverableOperations).register({
      route: 'POST /v1/works',
      stillOpen: () => Promise.resolve([]),
      presenter: presentWork,
    });
    const work: Work = { id: String(pending.body.id), amount: 1, executions: 9, isPending: false };
    const complete = (outcome: Work): Promise<boolean> =>
      database.transaction((tx) => idempotency.complete(tx, work.id, outcome));
    expect(await complete(work)).toBe(true);
    expect(await complete({ ...work, executions: 10 })).toBe(false);
    const final = await post(other, { amount: 1, fate: 'processing' }, key);
    expect(final).toMatchObject({ status: 201, text: JSON.stringify(presentWork(work).body) });
    expect(final.headers.get('location')).toBe(`/v1/works/${work.id}`);
  });

  it('presents and stores what a handler returns without an answer; its status wins over @HttpCode', async () => {
    const [changing, removing] = [randomUUID(), randomUUID()];
    for (const app of [one, other]) {
      const changed = await app.api.patch('/v1/works', { amount: 3 }, { key: changing, headers: alice });
      expect(changed).toMatchObject({ status: 203, text: '{"amount":3,"executions":1}' });
      expect(changed.headers.get('etag')).toBe('"2"');
    }
    for (const app of [one, other])
      expect(await app.api.delete('/v1/works/1', { key: removing, headers: alice })).toMatchObject({
        status: 204,
        text: '',
      });
    expect(executions).toBe(2);
  });

  it('names what is wrong with a key and writes nothing', async () => {
    const before = await query('SELECT FROM audit.idempotency_keys');
    expect(await one.api.post('/v1/works', { amount: 1 }, { key: null })).toMatchObject({
      status: 400,
      body: { code: 'idempotency_key_missing', type: '/problems/idempotency_key_missing' },
    });
    for (const key of ['', 'a'.repeat(256), 'ä', 'a b', '"abc'])
      expect(await post(one, { amount: 1 }, key)).toMatchObject({
        status: 400,
        body: { code: 'idempotency_key_invalid' },
      });
    expect(await query('SELECT FROM audit.idempotency_keys')).toHaveLength(before.length);
    expect(executions).toBe(0);
  });

  it('gives other contexts no way to read answers or to make and remove keys', async () => {
    const database = one.nest.get<ContextDatabase>('ContextDatabase:payments', { strict: false });
    for (const sql of [
      'SELECT body FROM platform.idempotency_keys',
      'DELETE FROM platform.idempotency_keys',
      'SELECT payload FROM platform.outbox',
      'DELETE FROM platform.inbox',
    ]) {
      await expect(database.primary.query(sql)).rejects.toMatchObject({ code: '42501' });
    }
  });
});
