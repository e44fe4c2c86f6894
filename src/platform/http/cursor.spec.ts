import { readCursor, writeCursor } from './cursor.js';

const LIST = ['newest', 'books', undefined];
const PARTS = [1_767_000_000_123, '019a9f3c-7b1e-7c4e-9a53-0d6f1f3b8e21'];

describe('a cursor', () => {
  it('gives back its parts in the list that it was made for', () => {
    expect(readCursor(LIST, writeCursor(LIST, PARTS))).toEqual(PARTS);
  });

  it.each([
    ['another order', ['price', 'books', undefined]],
    ['another category', ['newest', 'toys', undefined]],
    ['a search', ['newest', 'books', 'hobbit']],
    ['the same words in another place', ['newest', undefined, 'books']],
  ])('is not valid for %s', (_what, list) => {
    expect(readCursor(list, writeCursor(LIST, PARTS))).toBeUndefined();
  });

  it.each([
    ['noise', 'not a cursor'],
    ['JSON that is not a list', Buffer.from('{}').toString('base64url')],
    ['a list without a digest', Buffer.from('[]').toString('base64url')],
    ['more than the longest cursor', 'A'.repeat(10_000)],
  ])('made of %s is refused', (_what, text) => {
    expect(readCursor(LIST, text)).toBeUndefined();
  });
});
