import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Queue } from 'bullmq';
import { OUTBOX_POINTS } from '../../src/platform/outbox/outbox-failpoints.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import {
  CAPTURE_CONSUMERS,
  appendEvents,
  captures,
  effectsOf,
  type CapturedEvent,
  type Effects,
} from '../support/captured-events.js';
import { eventually } from '../support/eventually.js';
import { FailpointFolder } from '../support/failpoints.js';
import { freshStart, query } from '../support/fresh-start.js';
import { isLongRun } from '../support/long-run.js';
import { PartnerReceiver } from '../support/partner-receiver.js';
import { newCustomer, newStaff } from '../support/people.js';
import { testServices } from '../support/services.js';

/** Several batches of the relay. */
const BACKLOG = isLongRun ? 3_000 : 1_500;
const RELAY_DEATHS = 3;
const COPIES = 3;
/** The lease of a dead relay ends after 12 s, jobs of dead workers are found after 25 s. */
const DELIVERY_MAX_MS = 180_000;
const TEST_TIMEOUT_MS = 400_000;

describe('a worker that is killed while it delivers events', () => {
  const faults = new FailpointFolder();
  const queues = new Map<string, Queue>();
  let bulwark: Bulwark;
  let receiver: PartnerReceiver;
  let accountIds: string[];

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark({ FAILPOINTS_DIR: faults.path });
    receiver = await PartnerReceiver.start();
    const partner = await newStaff(bulwark.api, 'partner');
    await bulwark.api.post(
      '/v1/webhook-endpoints',
      { url: receiver.url, events: ['payment.captured'] },
      { token: partner.token },
    );
    accountIds = (await Promise.all(Array.from({ length: 4 }, () => newCustomer(bulwark.api)))).map(
      ({ accountId }) => accountId,
    );
    for (const name of CAPTURE_CONSUMERS)
      queues.set(name, new Queue(name, { connection: { url: testServices().redis }, prefix: '{bulwark}' }));
  });

  afterAll(async () => {
    for (const point of OUTBOX_POINTS) faults.disarm(point);
    await Promise.all([...queues.values()].map((queue) => queue.close()));
    await receiver?.stop();
    await bulwark?.stop();
  });

  /** What was appended since the start. */
  const everything: CapturedEvent[] = [];
  const queueOf = (name: string): Queue => queues.get(name) as Queue;
  const ids = (events: readonly CapturedEvent[]): string[] => events.map(({ id }) => id);
  /** How many events each consumer has had. */
  const consumed = async (): Promise<Record<string, number>> => {
    const rows = await query<{ consumer: string; count: number }>(
      'SELECT consumer, count(*)::int AS count FROM audit.consumer_effects WHERE consumer = ANY($1) GROUP BY consumer',
      [CAPTURE_CONSUMERS],
    );
    return Object.fromEntries(rows.map(({ consumer, count }) => [consumer, count]));
  };
  const untilAllConsumed = (): Promise<unknown> =>
    eventually(async () => {
      expect(await consumed()).toEqual(Object.fromEntries(CAPTURE_CONSUMERS.map((name) => [name, everything.length])));
      return true;
    }, DELIVERY_MAX_MS);
  const posted = async (): Promise<number> => (await consumed())['payments-ledger'] ?? 0;
  const killAtWork = async (): Promise<void> => {
    const worker = await eventually(() => bulwark.pids.worker ?? undefined);
    const before = await posted();
    await eventually(async () => (await posted()) > before, DELIVERY_MAX_MS);
    process.kill(worker, 'SIGKILL');
    expect(await posted()).toBeLessThan(everything.length);
  };
  /** Until no queue has anything left to do, also of what a dead worker had held. */
  const untilIdle = (): Promise<unknown> =>
    eventually(async () => {
      for (const queue of queues.values())
        expect(await queue.getJobCounts('waiting', 'active', 'delayed', 'failed')).toEqual({
          waiting: 0,
          active: 0,
          delayed: 0,
          failed: 0,
        });
      return true;
    }, DELIVERY_MAX_MS);

  const effects = async (): Promise<Effects> => {
    const ledger = await query<{ line: string }>(
      "SELECT concat_ws(' ', transaction_id, account, amount_minor, currency) AS line FROM audit.ledger_entries",
    );
    const sales = await query<{ line: string }>(
      `SELECT concat_ws(' ', day, currency, sum(payments), sum(captured_minor)) AS line
        FROM payments.sales_per_day GROUP BY day, currency`,
    );
    const partners = await query<{ line: string }>('SELECT event_id::text AS line FROM platform.webhook_deliveries');
    return {
      ...Object.fromEntries(
        Object.entries({ ledger, sales, partners }).map(([name, rows]) => [
          name,
          rows.map(({ line }) => line).toSorted(),
        ]),
      ),
      mails: readdirSync(testServices().mailDir)
        .filter((file) => file.includes('.receipt@'))
        .toSorted(),
    } as Effects;
  };

  it(
    'has one effect per event when killed between effect and acknowledgement, also with events queued three more times',
    async () => {
      const events = captures(10, accountIds, '2026-01-15');
      everything.push(...events);
      for (const queue of queues.values()) await queue.pause();
      await appendEvents(events);
      for (const name of CAPTURE_CONSUMERS) {
        await eventually(async () => (await queueOf(name).getWaitingCount()) === events.length);
        faults.arm('event.consumed');
        await queueOf(name).resume();
        await faults.untilStruck('event.consumed');
        await queueOf(name).pause();
        const left = await queueOf(name).getActive();
        const committed = await query<{ event_id: string }>(
          'SELECT event_id FROM audit.consumer_effects WHERE consumer = $1 AND event_id = ANY($2)',
          [name, left.map(({ data }: { data: CapturedEvent }) => data.id)],
        );
        expect([name, committed.length > 0]).toEqual([name, true]);
      }
      for (const queue of queues.values()) {
        await queue.addBulk(
          events.flatMap((event) =>
            Array.from({ length: COPIES }, () => ({
              name: event.type,
              data: event,
              opts: { jobId: randomUUID(), attempts: 8, backoff: 1_000 },
            })),
          ),
        );
        await queue.resume();
      }
      await untilAllConsumed();
      await untilIdle();
      expect(await effects()).toEqual(effectsOf(everything));
      await eventually(() => new Set(receiver.ids()).size === events.length);
      expect([...new Set(receiver.ids())].toSorted()).toEqual(ids(events).toSorted());
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'loses no event and doubles none when killed repeatedly in the middle of a backlog',
    async () => {
      const events = captures(BACKLOG, accountIds, '2026-02-20');
      everything.push(...events);
      // What is noted down for partners counts here; sending thousands would only take its time.
      receiver.otherwise = () => undefined;
      faults.arm('event.published');
      await appendEvents(events);
      for (let death = 1; death <= RELAY_DEATHS; death++) {
        await faults.untilStruck('event.published');
        const [orphan] = await query<{ id: string }>(
          'SELECT id FROM audit.outbox WHERE id = ANY($1) AND published_at IS NULL ORDER BY id LIMIT 1',
          [ids(events)],
        );
        // The queues have it, the outbox does not know.
        expect([death, await queueOf('payments-ledger').getJob(orphan?.id ?? '')]).toEqual([
          death,
          expect.objectContaining({ id: orphan?.id }),
        ]);
        await eventually(() => bulwark.pids.worker === null);
        // Its lease has 12 s to run; only the long form waits for its end.
        if (!isLongRun) await query('UPDATE platform.relay_lease SET held_until = now()');
        if (death < RELAY_DEATHS) faults.arm('event.published');
      }
      await killAtWork();
      await untilAllConsumed();
      await untilIdle();
      expect(await query('SELECT FROM audit.outbox WHERE published_at IS NULL')).toEqual([]);
      expect(await effects()).toEqual(effectsOf(everything));
    },
    TEST_TIMEOUT_MS,
  );
});
