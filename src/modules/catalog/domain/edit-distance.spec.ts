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
  ])('from %s to %s is %i', (a, b, slips) => {
    expect(editDistance(a, b)).toBe(slips);
    expect(editDistance(b, a)).toBe(slips);
  });

  it('keeps only the nearest words, and none that is too far', () => {
    expect(nearestWords('gastby', ['gasp', 'gatsby', 'gusty'])).toEqual(['gatsby']);
    expect(nearestWords('zzzzz', ['gatsby', 'hobbit'])).toEqual([]);
    expect(nearestWords('of', ['if', 'on'])).toEqual([]);
    expect(nearestWords('hobit', [])).toEqual([]);
  });
});
