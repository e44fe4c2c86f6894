import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Served } from '../cache/index.js';
import { CoarseLimit } from '../throttling/index.js';
import { answerFromMemory } from './answer-from-memory.js';
import { MemoryAnswers } from './memory-answers.js';

const HERD = 50;
const PATH = '/v1/things/one';
const BODY = Buffer.from('{"label":"ONE"}');

const served = (body: Buffer | undefined): Served =>
  ({
    entry: { body, etag: '"one.1"', hits: 0, freshMs: 2_000 },
    freshness: 'fresh',
    layer: 'origin',
    ageMs: 0,
    policy: { name: 'things', module: 'tests', freshMs: 2_000, boundMs: 4_000, ifErrorMs: 60_000 },
  }) as unknown as Served;

/** A cache with one entry, whose load the test ends. */
class OneEntry {
  private load: Promise<Served | undefined> = Promise.resolve(undefined);
  private open: { resolve: (served: Served | undefined) => void; reject: (error: Error) => void } | undefined;
  joined = 0;

  idOf = (key: string): string => key;
  peek = (): undefined => undefined;
  isLoading = (): boolean => this.open !== undefined;
  join = (): Promise<Served | undefined> => {
    this.joined++;
    return this.load;
  };

  start(): void {
    this.load = new Promise((resolve, reject) => (this.open = { resolve, reject }));
    this.load.catch(() => undefined);
  }

  end(outcome: Served | Error | undefined): void {
    if (outcome instanceof Error) this.open?.reject(outcome);
    else this.open?.resolve(outcome);
    this.open = undefined;
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 10_000; !condition() && Date.now() < deadline;)
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  expect(condition()).toBe(true);
};

describe('a herd on an entry that memory cannot serve', () => {
  const cache = new OneEntry();
  let server: Server;
  let answers: MemoryAnswers;
  /** What went the framework's way. */
  let framework: { url: string | undefined; late: boolean }[];

  const start = async (requestsMax: number): Promise<void> => {
    framework = [];
    cache.joined = 0;
    answers = new MemoryAnswers();
    answers.register(PATH, cache as never, 'one');
    server = createServer((request, response) => {
      framework.push({ url: request.url, late: answers.isLate(request) });
      response.writeHead(503).end('framework');
    });
    answerFromMemory({
      server,
      answers,
      limit: new CoarseLimit({ perAddressPerSecond: requestsMax, perAddressBurst: requestsMax }),
      headers: [['x-frame-options', 'DENY']],
      addressOf: ({ socket }) => socket.remoteAddress,
      requestIdOf: () => 'an-id',
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  };

  const ask = (signal?: AbortSignal): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }> =>
    new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      get({ port, path: PATH, agent: new Agent(), signal }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
      }).on('error', reject);
    });
  const askAll = (): ReturnType<typeof ask>[] => Array.from({ length: HERD }, () => ask());
  const allJoined = (): Promise<void> => until(() => cache.joined === HERD);

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('waits for the load in flight without the framework, and gets its bytes', async () => {
    await start(1_000);
    cache.start();
    const herd = askAll();
    await allJoined();
    cache.end(served(BODY));
    for (const { status, body, headers } of await Promise.all(herd)) {
      expect({ status, body }).toEqual({ status: 200, body: BODY.toString() });
      expect(headers).toMatchObject({ etag: '"one.1"', 'x-request-id': 'an-id', 'x-frame-options': 'DENY' });
    }
    expect(framework).toEqual([]);
  });

  it.each<[string, Served | Error | undefined, boolean]>([
    ['failed', new Error('the origin is gone'), false],
    ['found nothing', served(undefined), false],
    ['did not come in time', undefined, true],
  ])('is answered by the framework when the load %s', async (_, outcome, late) => {
    await start(1_000);
    cache.start();
    const herd = askAll();
    await allJoined();
    cache.end(outcome);
    for (const { status } of await Promise.all(herd)) expect(status).toBe(503);
    expect(framework).toEqual(Array.from({ length: HERD }, () => ({ url: PATH, late })));
  });

  it('costs nothing more for a client that has gone', async () => {
    await start(1_000);
    cache.start();
    let isClosed = false;
    server.once('connection', (socket) => socket.once('close', () => (isClosed = true)));
    const abort = new AbortController();
    const gone = ask(abort.signal);
    await until(() => cache.joined === 1);
    abort.abort();
    await expect(gone).rejects.toThrow();
    await until(() => isClosed);
    cache.end(new Error('the origin is gone'));
    cache.start();
    const next = ask();
    await until(() => cache.joined === 2);
    cache.end(served(BODY));
    expect((await next).status).toBe(200);
    expect(framework).toEqual([]);
  });

  it('does not wait for an address over its limit', async () => {
    await start(1);
    cache.start();
    const first = ask();
    await until(() => cache.joined === 1);
    expect((await ask()).status).toBe(503);
    expect(cache.joined).toBe(1);
    cache.end(served(BODY));
    expect((await first).status).toBe(200);
  });
});
