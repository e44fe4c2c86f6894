import fc from 'fast-check';
import { totalMinor } from './money.js';
import { mergeLines, refuseQuote, type QuotedLine } from './order.js';

const line = (change: Partial<QuotedLine> = {}): QuotedLine => ({
  itemId: 'a',
  sku: 'A',
  title: 'A',
  quantity: 1,
  unitPriceMinor: 100n,
  currency: 'EUR',
  available: 5,
  found: true,
  priceChanged: false,
  short: false,
  ...change,
});

describe('refuseQuote', () => {
  it('takes what was reserved', () => {
    expect(refuseQuote(true, [line(), line({ itemId: 'b' })])).toBeUndefined();
  });

  it.each([
    ['an item that is gone', [line({ found: false, currency: '' })], 'item_unavailable'],
    ['two currencies', [line(), line({ currency: 'USD' })], 'mixed_currencies'],
    ['a price that changed', [line(), line({ priceChanged: true })], 'price_changed'],
    ['too little in stock', [line({ short: true })], 'insufficient_stock'],
    ['nothing reserved for whatever reason', [line()], 'insufficient_stock'],
  ] as const)('refuses %s', (_, lines, refusal) => {
    expect(refuseQuote(false, lines)).toBe(refusal);
  });

  it('says first that a price changed: the stock is no question before the price is accepted', () => {
    expect(refuseQuote(false, [line({ short: true, priceChanged: true })])).toBe('price_changed');
  });
});

const order = fc.array(
  fc.record({
    itemId: fc.constantFrom('a', 'b', 'c'),
    quantity: fc.integer({ min: 1, max: 1_000 }),
    expectedUnitPriceMinor: fc.option(fc.constantFrom(1n, 2n), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 50 },
);

describe('mergeLines', () => {
  it('keeps every piece, and leaves no two lines of one item that expect the same', () => {
    fc.assert(
      fc.property(order, (lines) => {
        const merged = mergeLines(lines);
        const pieces = (some: typeof lines, id: string): number =>
          some.filter(({ itemId }) => itemId === id).reduce((sum, { quantity }) => sum + quantity, 0);
        for (const id of ['a', 'b', 'c']) expect(pieces(merged as typeof lines, id)).toBe(pieces(lines, id));
        expect(
          new Set(merged.map(({ itemId, expectedUnitPriceMinor }) => `${itemId} ${expectedUnitPriceMinor}`)).size,
        ).toBe(merged.length);
      }),
    );
  });

  it('keeps two expectations of one price apart, so that the wrong one is noticed', () => {
    expect(
      mergeLines([
        { itemId: 'a', quantity: 1, expectedUnitPriceMinor: 1n },
        { itemId: 'a', quantity: 1, expectedUnitPriceMinor: 2n },
      ]),
    ).toHaveLength(2);
  });
});

describe('totalMinor', () => {
  it('is exact beyond what a float can hold', () => {
    expect(
      totalMinor([
        { unitPriceMinor: 9_007_199_254_740_993n, quantity: 1_000 },
        { unitPriceMinor: 1n, quantity: 1 },
      ]),
    ).toBe(9_007_199_254_740_993_001n);
  });
});
