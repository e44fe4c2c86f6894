import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { newCustomer, newStaff } from '../support/people.js';
import { runCli } from '../support/run-cli.js';
import { testServices } from '../support/services.js';
import { ROOT } from '../support/source-files.js';

/** Laid beside the project where it is developed and tested; elsewhere the sample catalog stands in. */
const FEED = join(ROOT, '../shared/data/books-feed.tsv');

describe('from an empty platform to a paid order', () => {
  let bulwark: Bulwark;

  beforeAll(async () => {
    await freshStart();
    const loaded = existsSync(FEED) ? await runCli('catalog-import', [FEED]) : await runCli('catalog-sample');
    if (loaded.code !== 0) throw new Error(loaded.output);
    bulwark = await startBulwark({ WEB_WORKERS: '2' });
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  it('signs up, finds, pays once, gets a receipt, and the ledger balances', async () => {
    const { api } = bulwark;
    const customer = await newCustomer(api);
    const found = await api.get<{
      data: {
        id: string;
        title: string;
        price: { amount: number; currency: string };
        availability: { quantity: number };
      }[];
    }>('/v1/items?limit=5');
    const item = found.body.data.find((candidate) => candidate.availability.quantity >= 2);
    if (!item) throw new Error('No item is in stock.');

    const key = 'order-key-1';
    const order = {
      items: [{ itemId: item.id, quantity: 2, expectedUnitPrice: item.price }],
      paymentMethod: 'tok_ok',
      reference: 'order-1',
    };
    const paid = await api.post<{ id: string; status: string; amount: { amount: number } }>('/v1/payments', order, {
      token: customer.token,
      key,
    });
    expect(paid).toMatchObject({
      status: 201,
      body: { status: 'captured', amount: { amount: item.price.amount * 2, currency: item.price.currency } },
    });
    const again = await api.post('/v1/payments', order, { token: customer.token, key });
    expect(again.text).toBe(paid.text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');

    const charges = await (
      await fetch(`${testServices().paymentProvider}/sandbox/charges?payment=${paid.body.id}`)
    ).json();
    expect(charges).toMatchObject([
      { payment: paid.body.id, amount: item.price.amount * 2, status: 'captured', refunded: 0 },
    ]);

    const receipt = await eventually(() =>
      readdirSync(testServices().mailDir)
        .map((file) => readFileSync(join(testServices().mailDir, file), 'utf8'))
        .find((mail) => mail.includes(paid.body.id)),
    );
    expect(receipt).toContain(`To: ${customer.email}`);

    const finance = await newStaff(api, 'finance');
    await eventually(async () => (await query('SELECT FROM audit.ledger_entries')).length > 0);
    expect(await api.get('/v1/ledger/trial-balance', { token: finance.token })).toMatchObject({ status: 200 });
    expect(
      await query('SELECT currency, sum(amount_minor)::text AS sum FROM audit.ledger_entries GROUP BY currency'),
    ).toEqual([{ currency: item.price.currency, sum: '0' }]);
    expect(await query('SELECT quantity FROM audit.stock WHERE item_id = $1', [item.id])).toEqual([
      { quantity: item.availability.quantity - 2 },
    ]);
  });
});
