import { readCursor, writeCursor } from './cursor.js';

const LIST = ['newest', 'books', undefined];
const POSITION = { key: 1_767_000_000_123, id: '019a9f3c-7b1e-7c4e-9a53-0d6f1f3b8e21', corrected: false };

describe('a cursor', () => {
  it('leads back to its position in the same list', () => {
    expect(readCursor(LIST, writeCursor(LIST, POSITION))).toEqual(POSITION);
    expect(readCursor(LIST, writeCursor(LIST, { ...POSITION, corrected: true }))).toEqual({
      ...POSITION,
      corrected: true,
    });
  });

  it.each([
    ['another order', ['price', 'books', undefined]],
    ['another category', ['newest', 'toys', undefined]],
    ['a search', ['newest', 'books', 'hobbit']],
    ['the same words in another place', ['newest', undefined, 'books']],
  ])('is not good for %s', (_what, list) => {
    expect(readCursor(list, writeCursor(LIST, POSITION))).toBeUndefined();
  });

  const forged = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const mark = (JSON.parse(Buffer.from(writeCursor(LIST, POSITION), 'base64url').toString()) as string[])[0];

  it.each([
    ['noise', 'not a cursor'],
    ['JSON that is no list', forged({})],
    ['a key that is no whole number', forged([mark, 1.5, POSITION.id, 0])],
    ['a key beyond exact numbers', forged([mark, 2 ** 60, POSITION.id, 0])],
    ['a key that is text', forged([mark, '1; DROP TABLE', POSITION.id, 0])],
    ['an id that is none', forged([mark, 1, "' OR 1=1", 0])],
    ['too few parts', forged([mark, 1])],
    ['far too much', 'A'.repeat(10_000)],
  ])('made of %s is refused', (_what, text) => {
    expect(readCursor(LIST, text)).toBeUndefined();
  });
});
