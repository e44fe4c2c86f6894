import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { query } from '../support/fresh-start.js';
import { setUpPayments, disagreements, pay, stockOf, type PaymentBody, type Sold } from '../support/payments.js';
import { callsOf, chargesOf } from '../support/provider-sandbox.js';
import { newCustomer } from '../support/people.js';

const STOCK = 10;

describe('an order', () => {
  const shop = setUpPayments({ stock: STOCK });
  const one = (): Sold => shop.items[0];
  const other = (): Sold => shop.items[1];

  const payments = async (): Promise<number> => (await query('SELECT FROM audit.payments')).length;

  it('is charged once, at the prices and for the items that it names', async () => {
    const items = [
      { itemId: one().id, quantity: 2, expectedUnitPrice: one().price },
      { itemId: other().id, quantity: 1 },
    ];
    const paid = await pay(shop.api, '', { items, reference: 'order 1/2026' }, { token: shop.customer.token });
    const amount = { amount: one().price.amount * 2 + other().price.amount, currency: 'EUR' };
    expect(paid).toMatchObject({
      status: 201,
      body: {
        status: 'captured',
        amount,
        refunded: { amount: 0, currency: 'EUR' },
        reference: 'order 1/2026',
        lines: [
          { itemId: one().id, quantity: 2, unitPrice: one().price },
          { itemId: other().id, quantity: 1, unitPrice: other().price },
        ],
      },
    });
    expect(paid.headers.get('location')).toBe(`/v1/payments/${paid.body.id}`);
    expect(paid.headers.get('cache-control')).toContain('no-store');
    expect(await chargesOf(paid.body.id)).toMatchObject([
      { amount: amount.amount, currency: 'EUR', status: 'captured', refunded: 0 },
    ]);
    expect(await stockOf(one().id)).toBe(STOCK - 2);
    expect(
      (await shop.api.get<PaymentBody>(`/v1/payments/${paid.body.id}`, { token: shop.customer.token })).body,
    ).toEqual(paid.body);
  });

  it('leaves no card token behind', async () => {
    const paid = await pay(shop.api, one().id, { paymentMethod: 'tok_visa' }, { token: shop.customer.token });
    expect(await query('SELECT FROM payments.pending_payments WHERE payment_id = $1', [paid.body.id])).toEqual([]);
    expect(shop.bulwark.logs()).not.toContain('tok_visa');
  });

  it('counts the lines of one item together', async () => {
    const paid = await pay(
      shop.api,
      '',
      {
        items: [
          { itemId: one().id, quantity: 1 },
          { itemId: one().id.toUpperCase(), quantity: 2 },
        ],
      },
      { token: shop.customer.token },
    );
    expect(paid.body.lines).toMatchObject([{ quantity: 3 }]);
  });

  describe('is refused, with nothing charged, reserved or written,', () => {
    let before: [number, number];
    const made = async (): Promise<[number, number]> => [await payments(), (await callsOf()).length];

    beforeEach(async () => {
      before = await made();
    });

    afterEach(async () => {
      expect(await made()).toEqual(before);
      expect([await stockOf(one().id), await stockOf(other().id)]).toEqual([STOCK, STOCK]);
    });

    it('when a price is not the one that was shown, naming the current one', async () => {
      const items = [
        { itemId: one().id, quantity: 1, expectedUnitPrice: { ...one().price, amount: one().price.amount - 1 } },
      ];
      const refused = await pay(shop.api, '', { items }, { token: shop.customer.token });
      expect(refused).toMatchObject({
        status: 409,
        body: { code: 'price_changed', lines: [{ itemId: one().id, unitPrice: one().price }] },
      });
    });

    it('when the stock is insufficient, naming the lines that are short', async () => {
      const items = [
        { itemId: one().id, quantity: STOCK + 1 },
        { itemId: other().id, quantity: 1 },
      ];
      const refused = await pay(shop.api, '', { items }, { token: shop.customer.token });
      expect(refused).toMatchObject({ status: 409, body: { code: 'insufficient_stock' } });
      expect(refused.body.lines).toMatchObject([{ itemId: one().id, available: STOCK }]);
    });

    it('when an item is not sold', async () => {
      expect(await pay(shop.api, randomUUID(), {}, { token: shop.customer.token })).toMatchObject({
        status: 409,
        body: { code: 'item_unavailable' },
      });
    });

    it('when its total is larger than a payment can be', async () => {
      await query('UPDATE catalog.items SET price_minor = $2 WHERE id = $1', [one().id, Number.MAX_SAFE_INTEGER]);
      try {
        const refused = await pay(
          shop.api,
          '',
          { items: [{ itemId: one().id, quantity: 2 }], reference: 'too much' },
          { token: shop.customer.token },
        );
        expect(refused).toMatchObject({
          status: 400,
          body: { code: 'validation_failed', errors: [{ pointer: '/items' }] },
        });
      } finally {
        await query('UPDATE catalog.items SET price_minor = $2 WHERE id = $1', [one().id, one().price.amount]);
      }
    });

    it('when its items have two currencies; the key is free for the corrected order', async () => {
      await query("UPDATE catalog.items SET currency = 'USD' WHERE id = $1", [other().id]);
      try {
        const refused = await pay(
          shop.api,
          '',
          {
            items: [
              { itemId: one().id, quantity: 1 },
              { itemId: other().id, quantity: 1 },
            ],
          },
          { token: shop.customer.token, key: 'mixed' },
        );
        expect(refused).toMatchObject({ status: 400, body: { code: 'mixed_currencies' } });
        expect(await query("SELECT FROM audit.idempotency_keys WHERE key = 'mixed'")).toEqual([]);
      } finally {
        await query("UPDATE catalog.items SET currency = 'EUR' WHERE id = $1", [other().id]);
      }
    });

    const bad: [string, (item: string) => unknown][] = [
      ['no items', () => ({ items: [], paymentMethod: 'tok_ok' })],
      [
        '51 items',
        (itemId) => ({ items: Array.from({ length: 51 }, () => ({ itemId, quantity: 1 })), paymentMethod: 'tok_ok' }),
      ],
      ['no quantity', (itemId) => ({ items: [{ itemId }], paymentMethod: 'tok_ok' })],
      ['a quantity of 0', (itemId) => ({ items: [{ itemId, quantity: 0 }], paymentMethod: 'tok_ok' })],
      ['less than nothing', (itemId) => ({ items: [{ itemId, quantity: -1 }], paymentMethod: 'tok_ok' })],
      ['half a piece', (itemId) => ({ items: [{ itemId, quantity: 1.5 }], paymentMethod: 'tok_ok' })],
      ['1001 pieces', (itemId) => ({ items: [{ itemId, quantity: 1_001 }], paymentMethod: 'tok_ok' })],
      ['1e9 pieces', (itemId) => ({ items: [{ itemId, quantity: 1e9 }], paymentMethod: 'tok_ok' })],
      ['a quantity in words', (itemId) => ({ items: [{ itemId, quantity: '1' }], paymentMethod: 'tok_ok' })],
      ['a price of its own', (itemId) => ({ items: [{ itemId, quantity: 1, price: 1 }], paymentMethod: 'tok_ok' })],
      [
        'an amount of its own',
        (itemId) => ({
          items: [{ itemId, quantity: 1 }],
          paymentMethod: 'tok_ok',
          amount: { amount: 1, currency: 'EUR' },
        }),
      ],
      [
        'an expected price in fractions',
        (itemId) => ({
          items: [{ itemId, quantity: 1, expectedUnitPrice: { amount: 9.5, currency: 'EUR' } }],
          paymentMethod: 'tok_ok',
        }),
      ],
      [
        'an expected price that is a bare number',
        (itemId) => ({ items: [{ itemId, quantity: 1, expectedUnitPrice: 5 }], paymentMethod: 'tok_ok' }),
      ],
      ['an item that is no id', () => ({ items: [{ itemId: "1' OR '1'='1", quantity: 1 }], paymentMethod: 'tok_ok' })],
      ['an item that is null', () => ({ items: [null], paymentMethod: 'tok_ok' })],
      ['a card number', (itemId) => ({ items: [{ itemId, quantity: 1 }], paymentMethod: '4242424242424242' })],
      ['a token of nothing', (itemId) => ({ items: [{ itemId, quantity: 1 }], paymentMethod: 'tok_' })],
      ['a token of two lines', (itemId) => ({ items: [{ itemId, quantity: 1 }], paymentMethod: 'tok_ok\n' })],
      [
        'a token of 69 characters',
        (itemId) => ({ items: [{ itemId, quantity: 1 }], paymentMethod: `tok_${'a'.repeat(65)}` }),
      ],
      ['a token in a list', (itemId) => ({ items: [{ itemId, quantity: 1 }], paymentMethod: ['tok_ok'] })],
      [
        'a status of its own',
        (itemId) => ({ items: [{ itemId, quantity: 1 }], paymentMethod: 'tok_ok', status: 'captured' }),
      ],
      ['no payment method', (itemId) => ({ items: [{ itemId, quantity: 1 }] })],
      [
        'an empty reference',
        (itemId) => ({ items: [{ itemId, quantity: 1 }], paymentMethod: 'tok_ok', reference: '' }),
      ],
      [
        'a reference of 65 characters',
        (itemId) => ({ items: [{ itemId, quantity: 1 }], paymentMethod: 'tok_ok', reference: 'x'.repeat(65) }),
      ],
      ['a list instead of an order', () => []],
    ];

    it.each(bad)('with %s', async (_, order) => {
      const refused = await shop.api.post<{ code: string; errors: unknown[] }>('/v1/payments', order(one().id), {
        token: shop.customer.token,
      });
      expect(refused).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    });

    it('without a key', async () => {
      expect(await pay(shop.api, one().id, {}, { token: shop.customer.token, key: null })).toMatchObject({
        status: 400,
        body: { code: 'idempotency_key_missing' },
      });
    });

    it('without a session', async () => {
      expect(await pay(shop.api, one().id)).toMatchObject({ status: 401 });
    });
  });

  it('at a price that has changed meanwhile is paid at the new one, once the customer accepts it', async () => {
    await query('UPDATE catalog.items SET price_minor = price_minor + 200 WHERE id = $1', [one().id]);
    const order = (expectedUnitPrice: unknown) => ({ items: [{ itemId: one().id, quantity: 1, expectedUnitPrice }] });
    const refused = await pay(shop.api, '', order(one().price), { token: shop.customer.token });
    const current = refused.body.lines?.[0]?.unitPrice;
    expect(current).toEqual({ ...one().price, amount: one().price.amount + 200 });
    expect(await pay(shop.api, '', order(current), { token: shop.customer.token })).toMatchObject({
      status: 201,
      body: { amount: current },
    });
  });

  it('that was declined names the reason, releases the stock, and stays declined under its key', async () => {
    const order = { paymentMethod: 'tok_declined', reference: 'declined-1' };
    const declined = await pay(shop.api, one().id, order, { token: shop.customer.token, key: 'declined' });
    expect(declined).toMatchObject({ status: 402, body: { code: 'card_declined', reason: 'insufficient_funds' } });
    expect(await stockOf(one().id)).toBe(STOCK);
    const again = await pay(shop.api, one().id, order, { token: shop.customer.token, key: 'declined' });
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([402, declined.text, 'true']);
    const [failed] = await query<{ id: string; status: string }>(
      "SELECT id, status FROM audit.payments WHERE reference = 'declined-1'",
    );
    expect(failed?.status).toBe('failed');
    expect((await callsOf(failed?.id ?? '')).map(({ operation }) => operation)).toEqual(['authorize']);
    // A failed payment does not hold its reference.
    expect(await pay(shop.api, one().id, { reference: 'declined-1' }, { token: shop.customer.token })).toMatchObject({
      status: 201,
    });
  });

  it('that is paid is not paid again under another key', async () => {
    const paid = await pay(shop.api, one().id, { reference: 'order-7' }, { token: shop.customer.token });
    expect(await pay(shop.api, one().id, { reference: 'order-7' }, { token: shop.customer.token })).toMatchObject({
      status: 409,
      body: { code: 'already_paid', paymentId: paid.body.id },
    });
    const otherCustomer = await newCustomer(shop.api);
    expect(await pay(shop.api, one().id, { reference: 'order-7' }, { token: otherCustomer.token })).toMatchObject({
      status: 201,
    });
  });

  it('that is paid is answered as paid, also when it bought the last piece or a price has changed since', async () => {
    const order = (expectedUnitPrice?: unknown) => ({
      items: [{ itemId: one().id, quantity: STOCK, expectedUnitPrice }],
      reference: 'the-last',
    });
    const paid = await pay(shop.api, '', order(), { token: shop.customer.token });
    expect(paid.status).toBe(201);
    for (const again of [order(), order({ ...one().price, amount: one().price.amount - 1 })]) {
      expect(await pay(shop.api, '', again, { token: shop.customer.token })).toMatchObject({
        status: 409,
        body: { code: 'already_paid', paymentId: paid.body.id },
      });
    }
    expect(await stockOf(one().id)).toBe(0);
  });

  describe('is read', () => {
    it('by its owner only', async () => {
      const otherCustomer = await newCustomer(shop.api);
      const paid = await pay(shop.api, one().id, {}, { token: shop.customer.token });
      const unknown = await shop.api.get<{ detail: string }>(`/v1/payments/${randomUUID()}`, {
        token: otherCustomer.token,
      });
      const foreign = await shop.api.get<{ detail: string }>(`/v1/payments/${paid.body.id}`, {
        token: otherCustomer.token,
      });
      expect([foreign.status, foreign.body.detail]).toEqual([404, unknown.body.detail]);
      expect(
        (await shop.api.get<{ data: unknown[] }>('/v1/payments', { token: otherCustomer.token })).body.data,
      ).toEqual([]);
      expect(await shop.api.get('/v1/payments/not-an-id', { token: shop.customer.token })).toMatchObject({
        status: 404,
      });
      expect(await shop.api.get(`/v1/payments/${paid.body.id}`)).toMatchObject({ status: 401 });
    });

    it('page by page, the newest first, each payment once', async () => {
      const bea = await newCustomer(shop.api);
      const made: string[] = [];
      for (let n = 0; n < 5; n++) made.push((await pay(shop.api, one().id, {}, { token: bea.token })).body.id);
      const seen: string[] = [];
      let cursor: string | null = '';
      for (let pages = 0; cursor !== null && pages < 5; pages++) {
        const page: { body: { data: PaymentBody[]; nextCursor: string | null } } = await shop.api.get(
          `/v1/payments?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
          { token: bea.token },
        );
        seen.push(...page.body.data.map(({ id }) => id));
        cursor = page.body.nextCursor;
      }
      expect(seen).toEqual(made.toReversed());
    });

    it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=short', "cursor=';drop table--", 'offset=1'])(
      'never with %s',
      async (search) => {
        expect(await shop.api.get(`/v1/payments?${search}`, { token: shop.customer.token })).toMatchObject({
          status: 400,
        });
      },
    );
  });

  it('leaves a ledger that agrees with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    });
  });
});
