import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClientFleet } from './client-fleet.js';
import type { Phase, PhaseResult } from './load-plan.js';

const CLIENTS = 20;
const closed = (requestsMax: number): Phase => ({
  name: 'closed',
  pace: { kind: 'closed', thinkMinMs: 0, thinkMaxMs: 0 },
  durationMs: 20_000,
  requestsMax,
});
const BURST: Phase = { name: 'burst', pace: { kind: 'burst' }, durationMs: 20_000, requestsMax: 1_000 };
const OPEN: Phase = { name: 'open', pace: { kind: 'open', perSecond: 2_000 }, durationMs: 20_000, requestsMax: 200 };

describe('ClientFleet', () => {
  let server: Server;
  let asked: string[];

  const run = async (
    answer: RequestListener,
    phases: readonly Phase[],
    options: { requestTimeoutMs?: number; share?: number } = {},
  ): Promise<PhaseResult[]> => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      request.resume();
      answer(request, response);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const writes = options.share === undefined ? undefined : { share: options.share, accessToken: 'token' };
    const fleet = new ClientFleet({
      url,
      connections: CLIENTS,
      keys: { kind: 'one', path: '/hot' },
      writes,
      requestTimeoutMs: options.requestTimeoutMs ?? 5_000,
    });
    expect(await fleet.connect()).toBe(0);
    const results: PhaseResult[] = [];
    for (const phase of phases) results.push(await fleet.run(phase));
    return results;
  };

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['a closed loop', closed(300), 300],
    ['a burst', BURST, CLIENTS],
    ['an open loop', OPEN, 200],
  ])('counts every answer of %s once', async (_, phase, wanted) => {
    const [result] = await run((_request, response) => response.setHeader('etag', '"a"').end('hello'), [phase]);
    expect(result).toMatchObject({
      requests: wanted,
      reads: wanted,
      byStatus: { 200: wanted },
      timeouts: 0,
      brokenConnections: 0,
      distinctTags: 1,
    });
    expect(asked).toHaveLength(wanted);
  });

  it('continues with the same connections in the next phase', async () => {
    const [first, second] = await run((_request, response) => response.end('hello'), [closed(100), BURST]);
    expect([first?.requests, second?.requests]).toEqual([100, CLIENTS]);
  });

  it('counts refusals by status, stale answers, and the forms of Cache-Status', async () => {
    let number = 0;
    const [result] = await run(
      (_request, response) => {
        number += 1;
        response.statusCode = number % 2 === 0 ? 503 : 200;
        response.setHeader('cache-status', `memory; hit; ttl=${number % 2 === 0 ? number : -number}`).end('x');
      },
      [closed(40)],
    );
    expect(result).toMatchObject({
      byStatus: { 200: 20, 503: 20 },
      stale: 20,
      byCacheStatus: { 'memory; hit; ttl=N': 40 },
    });
  });

  it('gives up on answers that do not come, and asks on over new connections', async () => {
    const [silent, answered] = await run(
      (_request, response) => void (asked.length > CLIENTS && response.end('late')),
      [BURST, closed(CLIENTS * 2)],
      { requestTimeoutMs: 300 },
    );
    expect(silent).toMatchObject({ requests: CLIENTS, timeouts: CLIENTS, waited: CLIENTS });
    expect(answered).toMatchObject({ requests: CLIENTS * 2, timeouts: 0 });
  });

  it('counts connections that break under a request', async () => {
    const [result] = await run((request) => request.socket.destroy(), [BURST]);
    expect(result).toMatchObject({ requests: CLIENTS, brokenConnections: CLIENTS });
  });

  it('mixes in writes by their share', async () => {
    const [result] = await run((_request, response) => response.end('{}'), [closed(400)], { share: 0.25 });
    expect(result?.writes).toBe(asked.filter((line) => line === 'PATCH /hot').length);
    expect(result?.writes).toBeGreaterThan(50);
    expect(result?.writes).toBeLessThan(200);
  });
});
