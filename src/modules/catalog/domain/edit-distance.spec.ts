import { editDistance, nearestWords } from './edit-distance.js';

describe('the distance between words', () => {
  it.each([
    ['gatsby', 'gatsby', 0],
    ['gastby', 'gatsby', 1],
    ['hobit', 'hobbit', 1],
    ['hobbbit', 'hobbit', 1],
    ['hubbit', 'hobbit', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
  ])('from %s to %s is %i', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
    expect(editDistance(b, a)).toBe(edits);
  });

  it('gives the nearest words only, and none beyond the edits allowed', () => {
    expect(nearestWords('gastby', ['gasp', 'gatsby', 'gusty'])).toEqual(['gatsby']);
    expect(nearestWords('zzzzz', ['gatsby', 'hobbit'])).toEqual([]);
    expect(nearestWords('of', ['if', 'on'])).toEqual([]);
    expect(nearestWords('hobit', [])).toEqual([]);
  });
});
