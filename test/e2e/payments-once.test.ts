import { eventually } from '../support/eventually.js';
import { query, withOwner } from '../support/fresh-start.js';
import { setUpPayments, disagreements, pay, stockOf } from '../support/payments.js';
import { callsOf, chargesOf, setFault } from '../support/provider-sandbox.js';
import { newCustomer } from '../support/people.js';

const tally = (answers: readonly { status: number; body: { code?: string } }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const name = `${status}${status >= 400 ? ` ${body.code}` : ''}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

describe('an order is paid once, on several processes,', () => {
  const shop = setUpPayments({ stock: 1_000, environment: () => ({ WEB_WORKERS: '2' }) });

  it('when one key is sent 200 times at once', async () => {
    await setFault({ operation: 'authorize', mode: 'delay', delayMs: 300 });
    const { token } = await newCustomer(shop.api);
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => pay(shop.api, shop.item.id, { reference: 'one' }, { token, key: 'one-key' })),
    );
    const paid = answers.filter(({ status }) => status === 201);
    expect(paid.length).toBeGreaterThan(0);
    expect(new Set(paid.map(({ text }) => text)).size).toBe(1);
    for (const other of answers.filter(({ status }) => status !== 201)) {
      expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress' } });
      expect(Number(other.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const id = paid[0]?.body.id ?? '';
    expect((await callsOf(id)).map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
      'authorize ok',
      'capture ok',
    ]);
    expect(await query("SELECT FROM audit.payments WHERE reference = 'one'")).toHaveLength(1);
    expect(await stockOf(shop.item.id)).toBe(999);
    await eventually(
      async () => (await query('SELECT FROM payments.ledger_transactions WHERE payment_id = $1', [id])).length === 1,
    );
    const replay = await pay(shop.api, shop.item.id, { reference: 'one' }, { token, key: 'one-key' });
    expect([replay.status, replay.text, replay.headers.get('idempotency-replayed')]).toEqual([
      201,
      paid[0]?.text,
      'true',
    ]);
  });

  it('when one order is sent under 100 keys at once', async () => {
    const { token, accountId } = await newCustomer(shop.api);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => pay(shop.api, shop.item.id, { reference: 'same-order' }, { token })),
    );
    expect(tally(answers)).toEqual({ '201': 1, '409 already_paid': 99 });
    const paid = answers.find(({ status }) => status === 201);
    for (const refused of answers.filter(({ status }) => status === 409))
      expect(refused.body.paymentId).toBe(paid?.body.id);
    expect(await query('SELECT FROM audit.payments WHERE account_id = $1', [accountId])).toHaveLength(1);
    expect(await chargesOf(paid?.body.id)).toMatchObject([{ status: 'captured' }]);
    expect(await stockOf(shop.item.id)).toBe(999);
  });

  it('when two customers use the same key: once for each', async () => {
    const [ada, bea] = [await newCustomer(shop.api), await newCustomer(shop.api)];
    const [hers, theirs] = await Promise.all(
      [ada, bea].map(({ token }) => pay(shop.api, shop.item.id, {}, { token, key: 'shared' })),
    );
    expect([hers?.status, theirs?.status]).toEqual([201, 201]);
    expect(hers?.body.id).not.toBe(theirs?.body.id);
  });

  it('when a key is reused with another amount: the second request is refused', async () => {
    const { token } = await newCustomer(shop.api);
    const paid = await pay(shop.api, shop.item.id, {}, { token, key: 'mine' });
    const reused = await pay(shop.api, '', { items: [{ itemId: shop.item.id, quantity: 2 }] }, { token, key: 'mine' });
    expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect((await pay(shop.api, shop.item.id, {}, { token, key: 'mine' })).text).toBe(paid.text);
  });

  it('and 10 pieces are sold to 10 of 500 buyers at once', async () => {
    const buyers: string[] = [];
    while (buyers.length < 500)
      buyers.push(...(await Promise.all(Array.from({ length: 20 }, async () => (await newCustomer(shop.api)).token))));
    await query('UPDATE catalog.stock SET quantity = 10 WHERE item_id = $1', [shop.item.id]);
    const answers = await Promise.all(buyers.map((token) => pay(shop.api, shop.item.id, {}, { token })));
    expect(tally(answers)).toEqual({ '201': 10, '409 insufficient_stock': 490 });
    expect(await stockOf(shop.item.id)).toBe(0);
  }, 120_000);

  it('and requests are answered 503 while locks hold every connection', async () => {
    const { token } = await newCustomer(shop.api);
    await query('UPDATE catalog.stock SET quantity = 1000 WHERE item_id = $1', [shop.item.id]);
    const held = await withOwner(async (owner) => {
      await owner.query('BEGIN');
      await owner.query('SELECT FROM catalog.stock WHERE item_id = $1 FOR UPDATE', [shop.item.id]);
      const answers = await Promise.all(Array.from({ length: 60 }, () => pay(shop.api, shop.item.id, {}, { token })));
      await owner.query('ROLLBACK');
      return answers;
    });
    expect(tally(held)).toEqual({ '503 unavailable': 60 });
    for (const { headers } of held) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await pay(shop.api, shop.item.id, {}, { token })).status).toBe(201);
  });

  it('and leaves a ledger that agrees with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    });
  });
});
