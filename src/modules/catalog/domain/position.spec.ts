import { partsOf, toPosition } from './position.js';

const POSITION = { key: 1_767_000_000_123, id: '019a9f3c-7b1e-7c4e-9a53-0d6f1f3b8e21', corrected: false };

describe('a position', () => {
  it.each([POSITION, { ...POSITION, corrected: true }, { ...POSITION, id: 'books-english' }])(
    'is made of its own parts again: %j',
    (position) => {
      expect(toPosition(partsOf(position))).toEqual(position);
    },
  );

  it.each([
    ['a key that is not a whole number', [1.5, POSITION.id, 0]],
    ['a key beyond exact numbers', [2 ** 60, POSITION.id, 0]],
    ['a key that is text', ['1; DROP TABLE', POSITION.id, 0]],
    ['an id that is neither a UUID nor a slug', [1, "' OR 1=1", 0]],
    ['too few parts', [1]],
    ['too many parts', [1, POSITION.id, 0, 0]],
  ])('is not made of %s', (_what, parts) => {
    expect(toPosition(parts)).toBeUndefined();
  });
});
