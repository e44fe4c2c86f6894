import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query, withOwner } from '../support/fresh-start.js';
import { newCustomer } from '../support/people.js';
import { Redis } from 'ioredis';
import { testServices } from '../support/services.js';

const PASSWORD = 'Canary-Password-8c1f horse battery';
const WRONG_PASSWORD = 'Canary-Wrong-77ab horse battery';
const EMAIL = 'canary.person.5d2e@example.com';
const CARD_TOKEN = 'tok_canary4f9a';
const RESET_TOKEN = 'canary-reset-token-3b7c';

/** Every text value in Redis, queues included. */
async function everythingInRedis(url: string): Promise<string> {
  const redis = new Redis(url);
  const texts: string[] = [];
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    if (type === 'string') texts.push((await redis.get(key)) ?? '');
    if (type === 'hash') texts.push(JSON.stringify(await redis.hgetall(key)));
    if (type === 'list') texts.push(...(await redis.lrange(key, 0, -1)));
    if (type === 'stream') texts.push(JSON.stringify(await redis.xrange(key, '-', '+')));
    texts.push(key);
  }
  await redis.quit();
  return texts.join('\n');
}

/** Every row of the tables that carry work on: outbox, keys, inbox. */
async function everythingInThePlatformTables(): Promise<string> {
  return withOwner(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'platform'",
    );
    const texts: string[] = [];
    for (const { name } of rows) texts.push(JSON.stringify((await client.query(`SELECT t::text FROM ${name} t`)).rows));
    return texts.join('\n');
  });
}

describe('secrets', () => {
  let bulwark: Bulwark;

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark({ LOG_LEVEL: 'debug' });
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  it('never reach a log, an event, a queue or Redis', async () => {
    const { api } = bulwark;
    await api.post('/v1/accounts', { email: EMAIL, password: PASSWORD, displayName: 'Canary' });
    const session = await api.post<{ accessToken: string; refreshToken: string }>('/v1/sessions', {
      email: EMAIL,
      password: PASSWORD,
    });
    await api.post('/v1/sessions', { email: EMAIL, password: WRONG_PASSWORD });
    await api.post('/v1/sessions/refresh', { refreshToken: `${session.body.refreshToken}x` });
    await api.post('/v1/password-resets', { email: EMAIL });
    await api.put(`/v1/password-resets/${RESET_TOKEN}`, { password: WRONG_PASSWORD });
    const item = await query<{ id: string }>('SELECT id FROM catalog.items LIMIT 1');
    await api.post(
      '/v1/payments',
      {
        items: [{ itemId: item[0]?.id ?? '0192f0c1-7a3b-7cde-8f00-1234567890ab', quantity: 1 }],
        paymentMethod: CARD_TOKEN,
      },
      { token: session.body.accessToken },
    );
    await api.post('/v1/payments', `{"paymentMethod":"${CARD_TOKEN}",`, { token: session.body.accessToken });
    await api.get(`/v1/me?token=${RESET_TOKEN}`, { token: session.body.accessToken });
    await eventually(async () => (await query('SELECT FROM platform.outbox WHERE published_at IS NULL')).length === 0);

    const places = {
      logs: bulwark.logs(),
      redis: await everythingInRedis(testServices().redis),
      tables: await everythingInThePlatformTables(),
    };
    expect(places.logs).toContain('"status":');
    const canaries = {
      PASSWORD,
      WRONG_PASSWORD,
      CARD_TOKEN,
      RESET_TOKEN,
      accessToken: session.body.accessToken,
      refreshToken: session.body.refreshToken,
    };
    for (const [place, text] of Object.entries(places)) {
      for (const [name, canary] of Object.entries(canaries))
        expect({ place, name, found: text.includes(canary) }).toEqual({ place, name, found: false });
    }
    for (const place of ['logs', 'redis'] as const)
      expect({ place, found: places[place].includes(EMAIL) }).toEqual({ place, found: false });
  });

  it('do not leave the process when it fails inside', async () => {
    const customer = await newCustomer(bulwark.api);
    await withOwner((client) => client.query('ALTER TABLE account.accounts RENAME TO accounts_gone'));
    try {
      const answer = await bulwark.api.get<{ code: string }>('/v1/me', { token: customer.token });
      expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
      expect(answer.text).not.toMatch(/accounts|relation|select|\.ts|\.js|node_modules/i);
      expect(answer.headers.get('x-request-id')).not.toBeNull();
    } finally {
      await withOwner((client) => client.query('ALTER TABLE account.accounts_gone RENAME TO accounts'));
    }
  });
});
