import { itemSlug, slugify } from './slug.js';
import { SLUG_LENGTH_MAX, SLUG_PATTERN } from './item.js';

describe('a slug', () => {
  it.each([
    ["Harry Potter and the Sorcerer's Stone", 'harry-potter-and-the-sorcerers-stone'],
    ['  Crème Brûlée  ', 'creme-brulee'],
    ['Straße & Ærø', 'strasse-aero'],
    ['戦争と平和', ''],
  ])('of %s', (title, slug) => {
    expect(slugify(title)).toBe(slug);
  });

  it.each(['The Hobbit', '戦争と平和', '---', 'x'.repeat(500), '019a9f3c-7b1e-7c4e-9a53-0d6f1f3b8e21'])(
    'of an item titled %s fits a URL and is not a UUID',
    (title) => {
      const slug = itemSlug(title, 'sku-1');
      expect(slug).toMatch(SLUG_PATTERN);
      expect(slug.length).toBeLessThanOrEqual(SLUG_LENGTH_MAX);
      expect(slug).not.toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    },
  );

  it('is stable for one SKU, and differs between two items with the same title', () => {
    expect(itemSlug('The Hobbit', 'a')).toBe(itemSlug('The Hobbit', 'a'));
    expect(itemSlug('The Hobbit', 'a')).not.toBe(itemSlug('The Hobbit', 'b'));
  });
});
