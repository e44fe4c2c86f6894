import fc from 'fast-check';
import { formatAmount } from './format-amount.js';

describe('formatAmount', () => {
  it.each([
    [1_299n, 'EUR', '12.99 EUR'],
    [5n, 'EUR', '0.05 EUR'],
    [0n, 'USD', '0.00 USD'],
    [-5n, 'EUR', '-0.05 EUR'],
    [-1_299n, 'EUR', '-12.99 EUR'],
    [1_299n, 'JPY', '1299 JPY'],
    [1n, 'KWD', '0.001 KWD'],
  ])('writes %s minor units of %s as %s', (amountMinor, currency, text) => {
    expect(formatAmount(amountMinor, currency)).toBe(text);
  });

  it('formats an amount that is a string, as in events', () => {
    expect(formatAmount('1299', 'EUR')).toBe('12.99 EUR');
  });

  it('loses nothing at any size: the digits read back are the amount', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.constantFrom('EUR', 'JPY', 'KWD'),
        (amountMinor, currency) => {
          expect(BigInt(formatAmount(amountMinor, currency).replace(/[^\d-]/g, ''))).toBe(amountMinor);
        },
      ),
    );
  });
});
