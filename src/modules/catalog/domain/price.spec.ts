import { decimalsOf, isCurrency, parsePrice } from './price.js';

describe('a price in a feed', () => {
  it.each([
    ['9.99 EUR', 999n, 'EUR'],
    ['EUR 9.99', 999n, 'EUR'],
    ['9.99EUR', 999n, 'EUR'],
    ['10 usd', 1000n, 'USD'],
    ['1,299.00 USD', 129_900n, 'USD'],
    ['9,99 EUR', 999n, 'EUR'],
    ['1.299,00 EUR', 129_900n, 'EUR'],
    ["1'299.50 CHF", 129_950n, 'CHF'],
    ['1500 JPY', 1_500n, 'JPY'],
    ['1500.00 JPY', 1_500n, 'JPY'],
    ['1.234 KWD', 1_234n, 'KWD'],
    ['0.1 EUR', 10n, 'EUR'],
  ])('%s is read to the minor unit', (text, amountMinor, currency) => {
    expect(parsePrice(text)).toEqual({ amountMinor, currency });
  });

  it.each([
    ['an empty text', ''],
    ['a word', 'free'],
    ['no currency', '9.99'],
    ['an unknown currency', '9.99 ZZZ'],
    ['two currencies', 'EUR 9.99 USD'],
    ['zero', '0.00 EUR'],
    ['a negative amount', '-9.99 EUR'],
    ['a fraction of a cent', '9.995 EUR'],
    ['a fraction of a yen', '1500.5 JPY'],
    ['an exponent', '1e3 EUR'],
    ['an ambiguous amount', '1,299 EUR'],
    ['too many digits', '9999999999999999 EUR'],
  ])('%s is refused with a reason', (_what, text) => {
    expect(parsePrice(text)).toEqual({ refused: expect.stringMatching(/\w/) });
  });

  it('has the currency of the feed where the text has none', () => {
    expect(parsePrice('24.90', 'EUR')).toEqual({ amountMinor: 2_490n, currency: 'EUR' });
  });

  it('gives the decimals of a currency', () => {
    expect([decimalsOf('EUR'), decimalsOf('JPY'), decimalsOf('KWD')]).toEqual([2, 0, 3]);
    expect([isCurrency('EUR'), isCurrency('ZZZ')]).toEqual([true, false]);
  });
});
