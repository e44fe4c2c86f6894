import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { logger } from '../observability/index.js';
import { GuardedRedis } from './guarded-redis.js';

const ANSWER_TIMEOUT_MS = 100;
const FAILURES_MAX = 3;

/** Answers every command of the protocol in order; what comes while it is silent is answered when it speaks again. */
class FakeServer {
  private isSilent = false;
  private readonly held: (() => void)[] = [];
  readonly server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      for (const [, command = ''] of bytes.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
        const answer = command.toLowerCase() === 'info' ? '$11\r\nloading:0\r\n\r\n' : '+PONG\r\n';
        if (this.isSilent) this.held.push(() => socket.write(answer));
        else socket.write(answer);
      }
    });
  });

  silence(): void {
    this.isSilent = true;
  }

  speak(): void {
    this.isSilent = false;
    for (const answer of this.held.splice(0)) answer();
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 10_000; !condition() && Date.now() < deadline;)
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  expect(condition()).toBe(true);
};

describe('a guarded connection to Redis', () => {
  const fake = new FakeServer();
  let redis: GuardedRedis;
  const ping = (): Promise<string | undefined> => redis.ask((client) => client.ping());

  beforeAll(async () => {
    logger.level = 'silent';
    redis = new GuardedRedis([await fake.start()], {
      name: 'test',
      connectTimeoutMs: 5_000,
      reconnectPauseMaxMs: 50,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      failuresMax: FAILURES_MAX,
      probeEveryMs: 50,
    });
    await until(() => redis.isReady());
  });
  afterAll(() => {
    redis.close();
    fake.server.close();
  });

  it('opens after so many silent commands, sends none meanwhile, and closes when a probe is answered', async () => {
    await expect(ping()).resolves.toBe('PONG');
    fake.silence();
    for (let n = 0; n < FAILURES_MAX; n++) {
      expect(redis.isReady()).toBe(true);
      await expect(ping()).resolves.toBeUndefined();
    }
    expect(redis.isReady()).toBe(false);
    const begun = performance.now();
    for (let n = 0; n < 100; n++) await expect(ping()).resolves.toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(ANSWER_TIMEOUT_MS);
    fake.speak();
    await until(() => redis.isReady());
    await expect(ping()).resolves.toBe('PONG');
  });

  it('is not opened by a stall of its own process', async () => {
    for (let n = 0; n < FAILURES_MAX * 2; n++) {
      const answer = ping();
      // The command is sent before the stall, and its answer waits in the socket when the stall ends.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      for (const end = performance.now() + ANSWER_TIMEOUT_MS * 1.5; performance.now() < end;);
      await expect(answer).resolves.toBe('PONG');
    }
    expect(redis.isReady()).toBe(true);
  });
});
