import fc from 'fast-check';
import { PrimaryHistory } from './replica-lag.js';

const at = (lsn: number, timeline = 1) => ({ timeline, lsn: BigInt(lsn) });

describe('how far a replica is behind', () => {
  it('is counted from when the primary was first seen beyond it', () => {
    const history = new PrimaryHistory();
    history.add(at(10), 1_000);
    history.add(at(20), 2_000);
    history.add(at(30), 3_000);
    expect([5n, 10n, 19n, 20n, 30n, 99n].map((lsn) => history.behindMs(lsn, 5_000))).toEqual([
      4_000, 3_000, 3_000, 2_000, 0, 0,
    ]);
  });

  it('does not shrink because the primary stands still', () => {
    const history = new PrimaryHistory();
    for (let second = 0; second < 100; second++) history.add(at(10), second * 1_000);
    expect(history.behindMs(9n, 99_000)).toBe(99_000);
  });

  it('is zero before the first sample', () => {
    expect(new PrimaryHistory().behindMs(0n, 1_000)).toBe(0);
  });

  it('is at least the age of its last commit when it lacks what happened before the first sample', () => {
    const history = new PrimaryHistory();
    history.add(at(10), 1_000);
    history.add(at(20), 2_000);
    expect([9n, 10n, 20n].map((lsn) => history.behindMs(lsn, 2_500, 60_000))).toEqual([60_000, 500, 0]);
  });

  it('begins anew with a promotion, and hears nothing more of the timeline before', () => {
    const history = new PrimaryHistory();
    history.add(at(1_000), 1_000);
    history.add(at(500, 2), 2_000);
    history.add(at(2_000), 3_000);
    expect([history.timeline, history.behindMs(500n, 9_000), history.behindMs(499n, 9_000)]).toEqual([2, 0, 7_000]);
  });

  it('is never below the true lag, nor above it by more than one sample interval', () => {
    const SAMPLE_EVERY_MS = 500;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 60 }),
        fc.nat(),
        (writes, seed) => {
          const history = new PrimaryHistory();
          let lsn = 0;
          const positions = writes.map((bytes, n) => {
            lsn += bytes;
            history.add(at(lsn), n * SAMPLE_EVERY_MS);
            return lsn;
          });
          const now = (writes.length - 1) * SAMPLE_EVERY_MS;
          const held = positions[seed % positions.length] ?? 0;
          const firstMissing = positions.findIndex((position) => position > held);
          expect(history.behindMs(BigInt(held), now)).toBe(
            firstMissing === -1 ? 0 : now - firstMissing * SAMPLE_EVERY_MS,
          );
        },
      ),
    );
  });
});
