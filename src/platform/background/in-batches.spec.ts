import { inBatches } from './in-batches.js';

describe('inBatches', () => {
  const { signal } = new AbortController();
  const taking = (...counts: number[]) => jest.fn(() => Promise.resolve(counts.shift() ?? 0));

  it('repeats while batches are full', async () => {
    const batch = taking(10, 10, 3, 10);
    await inBatches(batch, { batchMax: 10, batchesMax: 100, signal });
    expect(batch).toHaveBeenCalledTimes(3);
  });

  it('stops at its bound', async () => {
    const batch = taking(10, 10, 10, 10);
    await inBatches(batch, { batchMax: 10, batchesMax: 2, signal });
    expect(batch).toHaveBeenCalledTimes(2);
  });

  it('begins no batch after the signal', async () => {
    const stopping = new AbortController();
    const batch = jest.fn(() => {
      stopping.abort();
      return Promise.resolve(10);
    });
    await inBatches(batch, { batchMax: 10, batchesMax: 100, signal: stopping.signal });
    expect(batch).toHaveBeenCalledTimes(1);
  });
});
