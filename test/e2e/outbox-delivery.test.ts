import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../src/platform/database/index.js';
import { DeadLetters, EventConsumers, Outbox, type DomainEvent } from '../../src/platform/outbox/index.js';
import { EventQueues } from '../../src/platform/outbox/event-queues.js';
import { QueueConnections } from '../../src/platform/outbox/queue-connections.js';
import { RelayLease } from '../../src/platform/outbox/relay-lease.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { startPlatformApp, type PlatformApp } from '../support/platform-app.js';
import { testServices } from '../support/services.js';

const MADE = 'test.thing-made.v1';
const POISON = 'test.poison-made.v1';
let healed = false;
let mails: string[] = [];

@Injectable()
class TestConsumers implements OnModuleInit {
  constructor(
    private readonly consumers: EventConsumers,
    @InjectDatabase('payments') private readonly database: ContextDatabase,
  ) {}

  onModuleInit(): void {
    const post = (event: DomainEvent, tx: Transaction): Promise<void> =>
      tx.query('INSERT INTO payments.postings (event_id) VALUES ($1)', [event.id]);
    const fail = (): Promise<void> =>
      healed ? Promise.resolve() : Promise.reject(new Error('cannot write to jane@example.com'));
    const mail = (event: DomainEvent): Promise<void> => Promise.resolve(void mails.push(event.id));
    this.consumers.register({ name: 'test-ledger', eventTypes: [MADE], handle: post }, this.database);
    this.consumers.register({ name: 'test-mail', eventTypes: [MADE], deliver: mail }, this.database);
    this.consumers.register(
      { name: 'test-poisoned', eventTypes: [POISON], retry: { attemptsMax: 3, firstDelayMs: 20 }, handle: fail },
      this.database,
    );
  }
}

const newEvent = (type = MADE, aggregateId: string = randomUUID()): DomainEvent => ({
  id: uuidv7(),
  type,
  aggregateType: 'thing',
  aggregateId,
  occurredAt: new Date(),
  payload: { amountMinor: '1' },
});
const postings = async (): Promise<string[]> =>
  (await query<{ event_id: string }>('SELECT event_id FROM payments.postings')).map((row) => row.event_id);

describe('outbox delivery', () => {
  let producer: PlatformApp;
  let workers: PlatformApp[] = [];

  const append = async (...events: DomainEvent[]): Promise<void> => {
    const database = producer.nest.get<ContextDatabase>('ContextDatabase:payments', { strict: false });
    await database.transaction((tx) => producer.get(Outbox).append(tx, ...events));
  };

  beforeAll(async () => {
    await freshStart();
    await query('CREATE TABLE payments.postings (event_id uuid NOT NULL)');
    await query('GRANT SELECT, INSERT ON payments.postings TO bulwark_payments');
    producer = await startPlatformApp([], [TestConsumers]);
    workers = await Promise.all([startPlatformApp([], [TestConsumers]), startPlatformApp([], [TestConsumers])]);
    for (const worker of workers) await worker.work();
  });

  afterAll(async () => {
    await Promise.all([producer, ...workers].map((app) => app?.stop()));
  });

  beforeEach(async () => {
    await query('DELETE FROM payments.postings');
    mails = [];
    healed = false;
  });

  it('writes events only when their transaction commits', async () => {
    const database = producer.nest.get<ContextDatabase>('ContextDatabase:payments', { strict: false });
    const [kept, lost] = [newEvent(), newEvent()];
    await append(kept);
    await expect(
      database.transaction(async (tx) => {
        await producer.get(Outbox).append(tx, lost);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    expect(
      (await query<{ id: string }>('SELECT id FROM audit.outbox WHERE id = ANY($1)', [[kept.id, lost.id]])).map(
        (row) => row.id,
      ),
    ).toEqual([kept.id]);
  });

  it('delivers each event to each of its consumers, with one effect, by two relays at once', async () => {
    const events = Array.from({ length: 1_500 }, (_, index) => newEvent(MADE, `aggregate-${index % 40}`));
    await append(...events);
    await eventually(async () => (await postings()).length >= events.length, 60_000);
    const effects = await postings();
    expect(new Set(effects).size).toBe(effects.length);
    expect(await query('SELECT FROM audit.outbox WHERE published_at IS NULL')).toEqual([]);
    await eventually(
      async () =>
        (
          await query(`SELECT FROM audit.consumer_effects WHERE consumer = 'test-mail' AND event_id = ANY($1)`, [
            events.map((event) => event.id),
          ])
        ).length === events.length,
      60_000,
    );
  }, 120_000);

  it('lets one relay work at a time, and the next one as soon as the lease is released', async () => {
    const [first, second] = workers.map((worker) => worker.get(RelayLease)) as [RelayLease, RelayLease];
    const held = await Promise.all([first.hold(), second.hold()]);
    expect(held.toSorted()).toEqual([false, true]);
    const [holder, other] = held[0] ? [first, second] : [second, first];
    expect([await holder.hold(), await other.hold()]).toEqual([true, false]);
    await holder.release();
    expect([await other.hold(), await holder.hold()]).toEqual([true, false]);
  });

  it('has one effect for an event that is queued three more times by hand', async () => {
    const event = newEvent();
    await append(event);
    await eventually(async () => (await postings()).includes(event.id));
    const queue = workers[0]?.get(EventQueues).of('test-ledger');
    const { occurredAt, ...rest } = event;
    const again = Array.from({ length: 3 }, () => ({
      name: event.type,
      data: { ...rest, occurredAt: occurredAt.toISOString(), headers: {} },
      opts: { jobId: randomUUID() },
    }));
    const jobs = (await queue?.addBulk(again)) ?? [];
    await eventually(async () => (await Promise.all(jobs.map((job) => job.isCompleted()))).every(Boolean));
    expect((await postings()).filter((id) => id === event.id)).toHaveLength(1);
  });

  it('delivers the events of a queue that was flushed', async () => {
    const worker = workers[0];
    const queues = worker?.get(EventQueues);
    await queues?.of('test-ledger').pause();
    const events = Array.from({ length: 20 }, () => newEvent());
    await append(...events);
    await eventually(
      async () =>
        (
          await query('SELECT FROM audit.outbox WHERE id = ANY($1) AND published_at IS NOT NULL', [
            events.map((event) => event.id),
          ])
        ).length === events.length,
    );
    const redis = new Redis(testServices().redis);
    await redis.flushall();
    await redis.quit();
    await eventually(async () => {
      const effects = await postings();
      return events.every((event) => effects.includes(event.id));
    }, 60_000);
    expect(await postings()).toHaveLength(events.length);
  }, 90_000);

  it('makes a dead letter of a poison event with reason and stack, delays no other event, and replays it', async () => {
    const poison = newEvent(POISON);
    const good = newEvent();
    await append(poison, good);
    const letters = producer.get(DeadLetters);
    const letter = await eventually(async () =>
      (await letters.list(10)).find((candidate) => candidate.eventId === poison.id),
    );
    if (!letter) throw new Error('The letter vanished.');
    expect(letter).toMatchObject({
      consumer: 'test-poisoned',
      eventType: POISON,
      attempts: 3,
      reason: expect.stringContaining('cannot write to'),
    });
    expect(letter.stack).toContain('outbox-delivery.test');
    expect(JSON.stringify(letter)).not.toContain('jane@');
    await eventually(async () => (await postings()).includes(good.id));
    healed = true;
    expect(await letters.replay(letter.consumer, letter.jobId)).toBe(true);
    await eventually(
      async () => (await query('SELECT FROM audit.consumer_effects WHERE event_id = $1', [poison.id])).length === 1,
    );
    expect(await letters.replay(letter.consumer, 'unknown')).toBe(false);
  });
});

describe('outbox delivery when Redis hangs', () => {
  let worker: PlatformApp;
  const redisPid = (): number => testServices().pids.redis ?? 0;

  beforeAll(async () => {
    await freshStart();
    await query('CREATE TABLE payments.postings (event_id uuid NOT NULL)');
    await query('GRANT SELECT, INSERT ON payments.postings TO bulwark_payments');
    worker = await startPlatformApp([], [TestConsumers]);
    await worker.work();
    await eventually(() => worker.get(QueueConnections).isReady());
  });

  afterAll(async () => {
    process.kill(redisPid(), 'SIGCONT');
    await worker?.stop();
  });

  it('appends events, holds no transaction open, and delivers when Redis answers again', async () => {
    process.kill(redisPid(), 'SIGSTOP');
    const event = newEvent();
    const database = worker.nest.get<ContextDatabase>('ContextDatabase:payments', { strict: false });
    await database.transaction((tx) => worker.get(Outbox).append(tx, event));
    // The first words of a queue to its server have failed by the second attempt.
    await eventually(
      async () =>
        ((await query<{ attempts: number }>('SELECT attempts FROM audit.outbox WHERE id = $1', [event.id]))[0]
          ?.attempts ?? 0) >= 2,
      30_000,
    );
    expect(
      await query(
        `SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'
          AND xact_start < now() - interval '1 second'`,
      ),
    ).toEqual([]);
    process.kill(redisPid(), 'SIGCONT');
    await eventually(async () => (await postings()).includes(event.id), 30_000);
    expect(await query('SELECT FROM audit.outbox WHERE id = $1 AND published_at IS NOT NULL', [event.id])).toHaveLength(
      1,
    );
  }, 90_000);
});
