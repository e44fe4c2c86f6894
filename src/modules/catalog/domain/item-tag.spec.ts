import { entityTagOf, itemTagOf, matchesItem } from './item-tag.js';

const CURRENT = { version: 3, quantity: 17 };

describe('a precondition', () => {
  it('is met by any item when it names none', () => {
    expect(matchesItem('any', CURRENT, true)).toBe(true);
    expect(matchesItem([], CURRENT, false)).toBe(false);
  });

  it('of a change of the content is met after a sale, but not that of a new stock', () => {
    const beforeSale = [{ version: 3, quantity: 18 }];
    expect(matchesItem(beforeSale, CURRENT, false)).toBe(true);
    expect(matchesItem(beforeSale, CURRENT, true)).toBe(false);
  });
});

describe('an entity tag', () => {
  it('changes with any byte', () => {
    expect(entityTagOf('{}')).toBe(entityTagOf('{}'));
    expect(entityTagOf('{}')).not.toBe(entityTagOf('{ }'));
  });

  it('of an item has its version and quantity', () => {
    expect(itemTagOf(CURRENT, '{}')).toMatch(/^"3\.17\.[\w-]{16}"$/);
  });
});
