import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { builtFile } from '../load/built-files.js';
import type { CleanUp } from '../load/clean-up.js';
import { pinProcess, SERVER_CORE } from '../load/pinning.js';
import { queryPrimary } from '../load/query-database.js';
import { environmentOf, startInstance, type Instance } from '../load/spawn-instance.js';
import { temporaryFolder } from '../load/temporary-folder.js';
import type { Throughput } from '../load/wrk.js';
import type { QueueAddCommand, QueueAddMessage } from './baselines/queue-add.js';
import type { BenchOptions } from './bench-system.js';
import { ratioOf, takeTurns, type Candidate } from './rounds.js';
import type { BenchRow } from './targets.js';

const EVENTS = 30_000;
/** As many as the relay claims at once. */
const BATCH = 500;
const EVENT_TYPE = 'bench.event.v1';
const RELAY_QUEUE = 'bench-relay';
const RAW_QUEUE = 'bench-raw';
const DRAIN_MAX_MS = 120_000;
const POLL_MS = 100;
const START_MAX_MS = 60_000;
const PRODUCT = 'relay';
const BASELINE = 'addBulk';

/** P12: the product's relay beside addBulk of the same events to the same Redis, one queue each. */
export async function benchRelay(options: BenchOptions): Promise<BenchRow[]> {
  const { cleanUp, say, rounds } = options;
  say(`P12: ${EVENTS} events out of the outbox`);
  const instance = await startInstance({
    dataDir: temporaryFolder('bulwark-bench-data-', cleanUp),
    settings: { WEB_WORKERS: '1', BULWARK_ROLE: 'web' },
  });
  cleanUp.add(() => instance.stop());
  const relay = await start('test/bench/relay-process.js', [EVENT_TYPE, RELAY_QUEUE], instance, cleanUp);
  const queue = await start('test/bench/baselines/queue-add.js', [instance.run.redis], instance, cleanUp);
  try {
    const candidates: Candidate[] = [
      { name: PRODUCT, measure: () => drain(instance, queue) },
      { name: BASELINE, measure: () => addRaw(instance, queue) },
    ];
    await takeTurns(candidates, 1, (text) => say(text.replace('round 1', 'run-in ')));
    const courses = await takeTurns(candidates, rounds, say);
    return [
      { name: 'P12', value: ratioOf(courses, PRODUCT, BASELINE), evidence: { courses, events: EVENTS, batch: BATCH } },
    ];
  } finally {
    for (const child of [relay, queue]) child.kill('SIGKILL');
    await instance.stop();
  }
}

/**
 * Lets all events become available in one commit; the rate is that between the first batch and the last, by the
 * database's clock.
 */
async function drain(instance: Instance, queue: ChildProcess): Promise<Throughput> {
  await queryPrimary(instance, 'DELETE FROM platform.outbox');
  await queryPrimary(instance, 'VACUUM platform.outbox');
  await queryPrimary(
    instance,
    `INSERT INTO platform.outbox (id, aggregate_type, aggregate_id, type, payload, occurred_at)
    SELECT uuidv7(), 'payment', gen_random_uuid(), '${EVENT_TYPE}', ${payloadSql()}, now()
    FROM generate_series(1, ${EVENTS})`,
  );
  await drained(instance);
  const [row] = await queryPrimary<{ per_second: number }>(
    instance,
    `SELECT (count(*) FILTER (WHERE published_at > first))::float8 /
      extract(epoch FROM max(published_at) - min(published_at)) AS per_second
    FROM platform.outbox, (SELECT min(published_at) AS first FROM platform.outbox) AS begun`,
  );
  await ask(queue, { empty: [RELAY_QUEUE, RAW_QUEUE] });
  return figure(row?.per_second ?? 0);
}

async function addRaw(instance: Instance, queue: ChildProcess): Promise<Throughput> {
  const [event] = await queryPrimary<Record<string, unknown>>(
    instance,
    `SELECT id, type, aggregate_type AS "aggregateType", aggregate_id AS "aggregateId", occurred_at AS "occurredAt",
      payload, headers FROM platform.outbox LIMIT 1`,
  );
  const { seconds } = await ask(queue, { add: EVENTS, batch: BATCH, event: event ?? {} });
  await ask(queue, { empty: [RELAY_QUEUE, RAW_QUEUE] });
  return figure(EVENTS / seconds);
}

/** As large as a captured payment of one line. */
function payloadSql(): string {
  const payload = {
    accountId: '01900000-0000-7000-8000-00000000000a',
    amountMinor: '1999',
    currency: 'EUR',
    lines: [{ sku: 'BENCH-1', title: 'Bench item 1', quantity: 1, unitPriceMinor: '1999' }],
    capturedAt: '2026-01-01T00:00:00.000Z',
  };
  return `'${JSON.stringify(payload)}'::jsonb`;
}

async function drained(instance: Instance): Promise<void> {
  for (const deadline = Date.now() + DRAIN_MAX_MS; Date.now() < deadline; await delay(POLL_MS)) {
    const [row] = await queryPrimary<{ pending: boolean }>(
      instance,
      'SELECT EXISTS (SELECT FROM platform.outbox WHERE published_at IS NULL) AS pending',
    );
    if (row?.pending === false) return;
  }
  throw new Error('The relay did not drain the outbox.');
}

function figure(perSecond: number): Throughput {
  return { perSecond, p50Ms: 0, p99Ms: 0, failures: 0 };
}

async function start(
  file: string,
  args: readonly string[],
  instance: Instance,
  cleanUp: CleanUp,
): Promise<ChildProcess> {
  const child = fork(builtFile(file), [...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...environmentOf(instance), DATABASE_ACQUIRE_TIMEOUT_MS: '10000' },
  });
  cleanUp.add(() => void child.kill('SIGKILL'));
  await message(child, START_MAX_MS);
  if (child.pid !== undefined) pinProcess(child.pid, SERVER_CORE);
  return child;
}

function ask(child: ChildProcess, command: QueueAddCommand): Promise<QueueAddMessage> {
  const answer = message(child, DRAIN_MAX_MS) as Promise<QueueAddMessage>;
  child.send(command);
  return answer;
}

function message(child: ChildProcess, withinMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const finish = (conclude: () => void): void => {
      clearTimeout(late);
      child.off('exit', ended).off('message', answered);
      conclude();
    };
    const late = setTimeout(() => finish(() => reject(new Error('A process of the bench said nothing.'))), withinMs);
    const answered = (answer: unknown): void => finish(() => resolve(answer));
    const ended = (code: number | null): void =>
      finish(() => reject(new Error(`A process of the bench ended with ${code}.`)));
    child.once('exit', ended).once('message', answered);
  });
}
