import fc from 'fast-check';
import { toExactJson } from './exact-json.js';

describe('toExactJson', () => {
  it('writes integers of any size digit for digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 120n), max: 2n ** 120n }), (amount) =>
        expect(toExactJson({ amount })).toBe(`{"amount":${amount}}`),
      ),
    );
  });

  it('is plain JSON for everything else', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(toExactJson(value)).toBe(JSON.stringify(value))));
  });
});
