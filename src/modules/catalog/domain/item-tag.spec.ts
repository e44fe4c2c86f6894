import { itemTagOf, matchesItem } from './item-tag.js';

const CURRENT = { version: 3, quantity: 17 };
const TAG = itemTagOf(CURRENT, '{}');

describe('If-Match', () => {
  it.each([
    ['is left out', undefined, true],
    ['is a star', '*', true],
    ['is the tag', TAG, true],
    ['lists the tag among others', `"x", ${TAG}`, true],
    ['is an older version', itemTagOf({ version: 2, quantity: 17 }, '{}'), false],
    ['is weak', `W/${TAG}`, false],
    ['is a tag of something else', '"abc"', false],
    ['is no tag', 'abc', false],
    ['is empty', '', false],
  ])('when it %s', (_what, header, matches) => {
    expect(matchesItem(header, CURRENT, false)).toBe(matches);
  });

  it('lets a change of the content pass a sale, but not a new stock', () => {
    const before = itemTagOf({ version: 3, quantity: 18 }, '{}');
    expect(matchesItem(before, CURRENT, false)).toBe(true);
    expect(matchesItem(before, CURRENT, true)).toBe(false);
  });
});
