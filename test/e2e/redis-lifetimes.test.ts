import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { query } from '../support/fresh-start.js';
import { pay, setUpPayments } from '../support/payments.js';
import { testServices } from '../support/services.js';

const SCAN_COUNT = 1_000;
/** Keys without an end, each with what bounds their number however long the fleet runs. */
const KEPT_FOR_GOOD: readonly { key: RegExp; because: string }[] = [
  {
    key: /^\{bulwark\}:/,
    because: 'Queues: a finished job goes by count and age, a dead letter when an operator has replayed it.',
  },
  { key: /^bulwark:cache:position$/, because: 'One key: where the invalidation publisher stands.' },
];

/** The keys of a server that never expire. */
async function endlessKeys(url: string): Promise<string[]> {
  const redis = new Redis(url);
  const endless: string[] = [];
  for (let cursor: string | undefined; cursor !== '0';) {
    const [next, keys] = await redis.scan(cursor ?? '0', 'COUNT', SCAN_COUNT);
    cursor = next;
    for (const key of keys) if ((await redis.pttl(key)) === -1) endless.push(key);
  }
  await redis.quit();
  return endless;
}

describe('what the fleet keeps in Redis', () => {
  const shop = setUpPayments({ stock: 100 });

  it('expires by itself, but for the queues', async () => {
    const { api, customer, item } = shop;
    expect((await pay(api, item.id, {}, customer)).status).toBe(201);
    for (let n = 0; n < 4; n++)
      await api.post('/v1/sessions', { email: customer.email, password: 'certainly not the password' }, { key: null });
    for (const path of ['/v1/home', '/v1/categories', '/v1/items?q=book', `/v1/items/${item.id}`, '/v1/items/nothing'])
      await api.get(path);
    await api.patch('/v1/me', { displayName: 'Another name' }, { token: customer.token });
    await eventually(async () => (await query('SELECT FROM platform.inbox')).length > 2);
    const { redis, redisCache } = testServices();
    const keys = [...(await endlessKeys(redis)), ...(await endlessKeys(redisCache))];
    expect(keys.filter((key) => !KEPT_FOR_GOOD.some((kept) => kept.key.test(key)))).toEqual([]);
    // Each is there, or this test has looked at the wrong server.
    expect(KEPT_FOR_GOOD.filter((kept) => !keys.some((key) => kept.key.test(key)))).toEqual([]);
  });
});
