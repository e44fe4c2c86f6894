import { randomBytes } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config/index.js';
import { AttemptDelivery } from './attempt-delivery.js';
import type { DueDeliveries, DueDelivery, FailedAttempt } from './persistence/due-deliveries.js';

/** Records outcomes in place of the tables. */
class Outcomes {
  readonly successes: number[] = [];
  readonly failures: FailedAttempt[] = [];

  async recordSuccess(_delivery: DueDelivery, statusCode: number): Promise<void> {
    this.successes.push(statusCode);
  }

  async recordFailure(_delivery: DueDelivery, failure: FailedAttempt): Promise<boolean> {
    this.failures.push(failure);
    return false;
  }
}

describe('AttemptDelivery', () => {
  let server: Server;
  let url: string;
  let outcomes: Outcomes;
  let answer: (response: ServerResponse) => void;

  beforeAll(async () => {
    server = createServer((request, response) => request.resume().on('end', () => answer(response)));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  });

  beforeEach(() => {
    outcomes = new Outcomes();
  });

  afterAll(async () => {
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  const attempt = (changes: Partial<DueDelivery> = {}, environment: Config['environment'] = 'development') =>
    new AttemptDelivery({ environment } as Config, outcomes as unknown as DueDeliveries).execute({
      id: 'delivery',
      endpointId: 'endpoint',
      eventId: 'event',
      body: '{}',
      url,
      attempts: 1,
      secrets: [randomBytes(32)],
      ...changes,
    });

  it.each([200, 204, 299])('records %i as delivered', async (statusCode) => {
    answer = (response) => response.writeHead(statusCode).end();
    await attempt();
    expect(outcomes).toMatchObject({ successes: [statusCode], failures: [] });
  });

  it.each([
    [302, 'It answered 302: redirects are not followed.'],
    [404, 'It answered 404.'],
    [500, 'It answered 500.'],
  ])('records %i as a failure that is retried', async (statusCode, error) => {
    answer = (response) => response.writeHead(statusCode).end();
    await attempt();
    expect(outcomes.failures).toEqual([{ statusCode, error, pauseMs: expect.any(Number) as number, isGone: false }]);
  });

  it('retries no earlier than the Retry-After of the answer', async () => {
    answer = (response) => response.writeHead(503, { 'retry-after': '3600' }).end();
    await attempt();
    expect(outcomes.failures[0]?.pauseMs).toBeGreaterThanOrEqual(3_600_000);
  });

  it('records 410 as the end of the delivery and of the endpoint', async () => {
    answer = (response) => response.writeHead(410).end();
    await attempt();
    expect(outcomes.failures).toMatchObject([{ statusCode: 410, pauseMs: undefined, isGone: true }]);
  });

  it('records no further attempt after the last one', async () => {
    answer = (response) => response.writeHead(500).end();
    await attempt({ attempts: 10 });
    expect(outcomes.failures).toMatchObject([{ pauseMs: undefined, isGone: false }]);
  });

  it('records a connection without an answer without its address', async () => {
    answer = (response) => response.destroy();
    await attempt();
    expect(outcomes.failures).toMatchObject([{ statusCode: null, error: 'The connection was reset.' }]);
  });

  it('sends nothing to a URL that is not allowed', async () => {
    let requests = 0;
    answer = (response) => {
      requests++;
      response.end();
    };
    await attempt({}, 'production');
    expect(requests).toBe(0);
    expect(outcomes.failures).toMatchObject([
      { statusCode: null, error: expect.stringMatching(/^The webhook URL is not allowed\./) as string },
    ]);
  });
});
