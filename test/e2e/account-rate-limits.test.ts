import { randomUUID } from 'node:crypto';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart } from '../support/fresh-start.js';
import { sendFrom } from '../support/from-address.js';

describe('limits per source address', () => {
  let bulwark: Bulwark;

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark({ RATE_LIMIT_PER_ADDRESS: '2' });
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const read = (address: string, headers: Record<string, string> = {}) =>
    sendFrom(address, `${bulwark.url}/v1/categories`, { headers });

  it('allow a burst, refuse the rest with Retry-After and the limit, and affect no other address', async () => {
    const begunMs = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => read('127.40.0.1', { 'x-forwarded-for': `203.0.113.${n}` })),
    );
    const passed = answers.filter(({ status }) => status === 200).length;
    expect(passed).toBeGreaterThanOrEqual(4);
    expect(passed).toBeLessThanOrEqual(4 + Math.floor(((Date.now() - begunMs) * 2) / 1_000));
    const refused = answers.filter(({ status }) => status !== 200);
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 429, code: 'rate_limited' });
      expect(answer.headers).toMatchObject({
        'content-type': expect.stringContaining('application/problem+json') as string,
        'retry-after': '1',
        'ratelimit-policy': '"address";q=2;w=1',
        ratelimit: '"address";r=0;t=1',
      });
      expect(answer.headers['x-request-id']).toBeDefined();
    }
    expect(await read('127.40.0.2')).toMatchObject({ status: 200 });
  });

  it('allow the address again after a while', async () => {
    await Promise.all(Array.from({ length: 10 }, () => read('127.40.0.3')));
    await eventually(async () => (await read('127.40.0.3')).status === 200);
  });

  it('count unknown routes too', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sendFrom('127.40.0.4', `${bulwark.url}/v1/nowhere`)),
    );
    expect(answers.some(({ status }) => status === 429)).toBe(true);
  });

  it('of a route are published with its answers and refuse further requests', async () => {
    // A share of the coarse limit: 0.6 x 2, which is one request a minute.
    const ask = () =>
      sendFrom('127.40.0.5', `${bulwark.url}/v1/password-resets`, {
        method: 'POST',
        body: { email: `${randomUUID()}@example.com` },
      });
    const [first, second] = [await ask(), await ask()];
    expect(first).toMatchObject({
      status: 202,
      headers: {
        'ratelimit-policy': '"password-reset";q=1;w=60',
        ratelimit: expect.stringMatching(/^"password-reset";r=0;t=\d+$/) as string,
      },
    });
    expect(second).toMatchObject({
      status: 429,
      code: 'rate_limited',
      headers: { 'ratelimit-policy': '"password-reset";q=1;w=60' },
    });
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(second.headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  it('are counted in metrics by layer', async () => {
    await eventually(async () => {
      const text = await (await fetch(`${bulwark.opsUrl}/metrics`)).text();
      return (
        /bulwark_throttled_total\{layer="address"\} [1-9]/.test(text) &&
        /bulwark_throttled_total\{layer="route"\} [1-9]/.test(text)
      );
    });
  });
});
