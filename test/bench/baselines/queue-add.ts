import { Queue } from 'bullmq';

/** What the bench asks of it: to add events to a queue of its own, or to empty the queues that it names. */
export type QueueAddCommand =
  { readonly add: number; readonly batch: number; readonly event: object } | { readonly empty: readonly string[] };
export type QueueAddMessage = { readonly seconds: number };

const PREFIX = '{bulwark}';
const OWN_QUEUE = 'bench-raw';
const MS_PER_SECOND = 1_000;

/**
 * Adds jobs as the relay does, with nothing before and nothing after it. The argument is the URL of the queues' Redis.
 */
function serve(redisUrl: string): void {
  const queues = new Map<string, Queue>();
  const queueOf = (name: string): Queue => {
    const queue = queues.get(name) ?? new Queue(name, { connection: { url: redisUrl }, prefix: PREFIX });
    queues.set(name, queue);
    return queue;
  };
  process.on('message', (command: QueueAddCommand) => {
    const began = performance.now();
    const work = 'empty' in command ? emptyAll(command.empty.map(queueOf)) : addAll(queueOf(OWN_QUEUE), command);
    void work.then(() =>
      process.send?.({ seconds: (performance.now() - began) / MS_PER_SECOND } satisfies QueueAddMessage),
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ port: 0 });
}

async function addAll(queue: Queue, { add, batch, event }: Extract<QueueAddCommand, { add: number }>): Promise<void> {
  for (let from = 0; from < add; from += batch) {
    const jobs = Array.from({ length: Math.min(batch, add - from) }, (_, index) => ({
      name: 'bench.event.v1',
      data: event,
      opts: {
        attempts: 8,
        backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
        jobId: `bench-${Date.now()}-${from + index}`,
      },
    }));
    await queue.addBulk(jobs);
  }
}

async function emptyAll(queues: readonly Queue[]): Promise<void> {
  for (const queue of queues) await queue.obliterate({ force: true });
}

serve(process.argv[2] ?? '');
