import { itemTagOf, matchesItem } from '../domain/item-tag.js';
import { readIfMatch } from './if-match.js';

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
    ['is not a tag', 'abc', false],
    ['is empty', '', false],
  ])('when it %s', (_what, header, matches) => {
    expect(matchesItem(readIfMatch(header), CURRENT, false)).toBe(matches);
  });
});
