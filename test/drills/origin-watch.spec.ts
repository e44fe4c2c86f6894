import { loadsPerExpiry, type OriginSample } from './origin-watch.js';

const samples = (...pairs: [number, number][]): OriginSample[] =>
  pairs.map(([at, loads]) => ({ at, loads, statements: 0 }));

describe('loadsPerExpiry', () => {
  it('counts one load for each expiry that is far enough from the last', () => {
    expect(loadsPerExpiry(samples([0, 5], [200, 5], [400, 6], [2_400, 7], [2_600, 7], [4_500, 8]), 2_000)).toEqual([
      1, 1, 1,
    ]);
  });

  it('counts loads that come close together as one expiry, also over several samples', () => {
    expect(loadsPerExpiry(samples([0, 0], [200, 3], [400, 7], [600, 8], [2_600, 9]), 2_000)).toEqual([8, 1]);
  });

  it('does not count what had been loaded before the first sample', () => {
    expect(loadsPerExpiry(samples([0, 50], [200, 50]), 2_000)).toEqual([]);
  });
});
