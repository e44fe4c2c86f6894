import fc from 'fast-check';
import { fingerprintKey, fingerprintOf } from './request-fingerprint.js';

const key = fingerprintKey('a secret that the fleet shares, 32+');
const facts = { method: 'POST', route: '/v1/payments', parameters: {}, query: {}, body: { amount: 1 } as unknown };
const print = (change: Partial<typeof facts> = {}): string =>
  fingerprintOf(key, { ...facts, ...change }).toString('hex');

/** The same value with the names of each object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, inner]) => [name, shuffled(inner)]),
  );
}

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe('fingerprintOf', () => {
  it('does not depend on the order of names, at any depth', () => {
    fc.assert(fc.property(json, (body) => expect(print({ body: shuffled(body) })).toBe(print({ body }))));
  });

  it('differs when any value differs', () => {
    const canonical = (value: unknown): string => print({ body: value });
    fc.assert(
      fc.property(json, json, (a, b) => {
        fc.pre(!equal(a, b));
        expect(canonical(a)).not.toBe(canonical(b));
      }),
    );
  });

  it.each<[string, Partial<typeof facts>]>([
    ['the method', { method: 'PUT' }],
    ['the route', { route: '/v1/refunds' }],
    ['a path parameter', { parameters: { id: '1' } }],
    ['the query', { query: { a: '1' } }],
    ['a number that becomes text', { body: { amount: '1' } }],
    ['null instead of nothing', { body: null }],
    ['the order of a list', { body: [2, 1] }],
  ])('differs with %s', (_, change) => {
    expect(print(change)).not.toBe(
      print('body' in change ? { body: Array.isArray(change.body) ? [1, 2] : { amount: 1 } } : {}),
    );
  });

  it('distinguishes no body from a null body', () => {
    expect(print({ body: undefined })).not.toBe(print({ body: null }));
  });

  it('cannot be computed without the secret', () => {
    expect(fingerprintOf(fingerprintKey('another secret of sufficient length'), facts).toString('hex')).not.toBe(
      print(),
    );
  });
});

function equal(a: unknown, b: unknown): boolean {
  try {
    expect(a).toStrictEqual(b);
    return true;
  } catch {
    return false;
  }
}
