import { v7 as uuidv7 } from 'uuid';
import type { ChargeRecord, PostedCash } from '../domain/reconciliation.js';
import type { ChargePage, ChargeQuery, PaymentGateway } from '../gateway/payment-gateway.js';
import type { Ledger } from '../persistence/ledger.js';
import { ReconcilePayments } from './reconcile-payments.js';

const [FROM, TO] = ['2026-03-02', '2026-03-03'];
const [BEGIN, END] = [new Date('2026-03-02T00:00:00Z'), new Date('2026-03-04T00:00:00Z')];
const HOUR_MS = 3_600_000;
const PAGES_MAX = 200;
const SEARCHED_MAX = 100;
const CAPTURED_MAX = 20_000;
const PAGE_SIZE = 2;

const chargeOf = (paymentId: string, createdAt = BEGIN): ChargeRecord => ({
  providerId: `pi_${paymentId}`,
  paymentId,
  state: 'captured',
  amountMinor: 100n,
  refundedMinor: 0n,
  currency: 'EUR',
  createdAt,
});
const many = (count: number): string[] => Array.from({ length: count }, () => uuidv7());

/** A provider with a list by time, in pages, and a search by payment that finds older charges too. */
class Provider {
  searched = 0;

  constructor(
    private readonly all: readonly ChargeRecord[],
    private readonly endless = false,
  ) {}

  charges(query: ChargeQuery, after: string | undefined): Promise<ChargePage> {
    if ('paymentId' in query) {
      this.searched++;
      return Promise.resolve({
        charges: this.all.filter(({ paymentId }) => paymentId === query.paymentId),
        next: undefined,
      });
    }
    if (this.endless) return Promise.resolve({ charges: [], next: 'more' });
    const listed = this.all.filter(({ createdAt }) => createdAt >= query.from && createdAt < query.to);
    const start = after === undefined ? 0 : Number(after);
    const end = start + PAGE_SIZE;
    return Promise.resolve({ charges: listed.slice(start, end), next: end < listed.length ? String(end) : undefined });
  }
}

/** A ledger that has posted the given payments within the period. */
const ledgerOf = (captured: readonly string[]): Ledger =>
  ({
    capturedBetween: (from: Date, to: Date, max: number) =>
      Promise.resolve(
        from.getTime() === BEGIN.getTime() && to.getTime() === END.getTime() ? captured.slice(0, max) : [],
      ),
    cashOf: (wanted: readonly string[]): Promise<PostedCash[]> => {
      const posted = new Set(captured);
      return Promise.resolve(
        wanted.filter((id) => posted.has(id)).map((paymentId) => ({ paymentId, currency: 'EUR', cashMinor: 100n })),
      );
    },
  }) as unknown as Ledger;

const reconcile = (provider: Pick<PaymentGateway, 'charges'>, captured: readonly string[]) =>
  new ReconcilePayments(provider as PaymentGateway, ledgerOf(captured)).execute({ from: FROM, to: TO });

describe('ReconcilePayments', () => {
  it('finds no difference among what was charged and posted, on every page and in every batch', async () => {
    const ids = many(250);
    expect(await reconcile(new Provider(ids.map((id) => chargeOf(id))), ids)).toMatchObject({
      compared: 250,
      isComplete: true,
      differences: [],
    });
    const large = many(1_500);
    const provider = { charges: () => Promise.resolve({ charges: large.map((id) => chargeOf(id)), next: undefined }) };
    expect(await reconcile(provider, large)).toMatchObject({ compared: 1_500, isComplete: true, differences: [] });
  });

  it('finds a charge that was not posted, on the last page too', async () => {
    const ids = many(7);
    const { differences } = await reconcile(new Provider(ids.map((id) => chargeOf(id))), ids.slice(0, 6));
    expect(differences).toMatchObject([
      { paymentId: ids[6], kind: 'not_posted', providerMinor: 100n, currency: 'EUR' },
    ]);
  });

  it('lists a charge that was created the day before and captured in the period, without a search', async () => {
    const [late] = many(1) as [string];
    const provider = new Provider([chargeOf(late, new Date(BEGIN.getTime() - 47 * HOUR_MS))]);
    expect(await reconcile(provider, [late])).toMatchObject({ compared: 1, isComplete: true, differences: [] });
    expect(provider.searched).toBe(0);
  });

  it('leaves out a charge of an earlier period', async () => {
    const [earlier] = many(1) as [string];
    expect(await reconcile(new Provider([chargeOf(earlier, new Date(BEGIN.getTime() - HOUR_MS))]), [])).toMatchObject({
      compared: 0,
      isComplete: true,
      differences: [],
    });
  });

  it('searches for a payment that the list does not have, so that an old charge is no difference', async () => {
    const [old, invented] = many(2) as [string, string];
    const provider = new Provider([chargeOf(old, new Date(BEGIN.getTime() - 240 * HOUR_MS))]);
    expect(await reconcile(provider, [old, invented])).toMatchObject({
      compared: 1,
      isComplete: true,
      differences: [{ paymentId: invented, kind: 'not_at_provider' }],
    });
  });

  it.each([
    [SEARCHED_MAX, true],
    [SEARCHED_MAX + 1, false],
  ])('searches for a hundred payments at most: with %i unlisted ones, isComplete is %s', async (count, isComplete) => {
    const ids = many(count);
    const provider = new Provider(ids.map((id) => chargeOf(id, new Date(0))));
    expect(await reconcile(provider, ids)).toMatchObject({ isComplete });
    expect(provider.searched).toBe(SEARCHED_MAX);
  });

  it('is incomplete when the provider has more pages, or the ledger more payments, than it reads', async () => {
    let pages = 0;
    const endless = new Provider([], true);
    const counting = {
      charges: (query: ChargeQuery, after: string | undefined) =>
        Promise.resolve(void pages++).then(() => endless.charges(query, after)),
    };
    expect(await reconcile(counting, [])).toMatchObject({ isComplete: false });
    expect(pages).toBe(PAGES_MAX);
    const ids = many(CAPTURED_MAX);
    const provider = { charges: () => Promise.resolve({ charges: ids.map((id) => chargeOf(id)), next: undefined }) };
    expect(await reconcile(provider, ids)).toMatchObject({ isComplete: false, differences: [] });
  });

  it('makes no report when the provider does not list its charges', async () => {
    await expect(reconcile({ charges: () => Promise.resolve(undefined) }, [])).rejects.toMatchObject({
      code: 'payment_provider_unavailable',
    });
  });
});
