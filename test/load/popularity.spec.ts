import { RankPicker, readRatings, tailExponent } from './popularity.js';

describe('readRatings', () => {
  it('sorts the weights of the file and leaves out its head and what is no weight', () => {
    expect(readRatings('id,weight\nbook-1,5\nbook-2,9\nbook-3,\n')).toEqual([9, 5]);
  });
});

describe('tailExponent', () => {
  it('finds the exponent of a power law', () => {
    const weights = Array.from({ length: 10_000 }, (_, index) => (index + 1) ** -1.2);
    expect(tailExponent(weights)).toBeCloseTo(1.2, 6);
  });
});

describe('RankPicker', () => {
  it('draws each rank as often as its weight says', () => {
    let step = 0;
    // Evenly spread numbers stand for chance.
    const picker = new RankPicker(Float64Array.from([6, 3, 1]), () => (step++ % 1_000) / 1_000);
    const drawn = [0, 0, 0];
    for (let n = 0; n < 1_000; n += 1) {
      const rank = picker.next();
      drawn[rank] = (drawn[rank] ?? 0) + 1;
    }
    expect(drawn).toEqual([600, 300, 100]);
  });
});
