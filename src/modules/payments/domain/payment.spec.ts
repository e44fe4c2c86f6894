import { providerKey } from './payment.js';

describe('providerKey', () => {
  it('differs between the steps of a payment, and is the same for every attempt at one', () => {
    const keys = (['authorize', 'capture', 'void', 'refund'] as const).map((step) => providerKey('p', step));
    expect(new Set(keys).size).toBe(4);
    expect(providerKey('p', 'capture')).toBe(keys[1]);
  });
});
