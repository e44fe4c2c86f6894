import { retryForLocks } from './migration-locks.js';

const failure = (code: string): Error => Object.assign(new Error(code), { code });

describe('a migration that does not get its lock', () => {
  const pauses: number[] = [];
  const pause = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms));

  beforeEach(() => {
    pauses.length = 0;
  });

  it('comes back with growing pauses until it gets it', async () => {
    let attempts = 0;
    await expect(
      retryForLocks(() => (++attempts < 9 ? Promise.reject(failure('55P03')) : Promise.resolve('done')), pause),
    ).resolves.toBe('done');
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('gives up in the end, with the reason', async () => {
    await expect(retryForLocks(() => Promise.reject(failure('40P01')), pause)).rejects.toThrow('40P01');
    expect(pauses).toHaveLength(99);
  });

  it('is not tried again for any other failure', async () => {
    await expect(retryForLocks(() => Promise.reject(failure('42601')), pause)).rejects.toThrow('42601');
    expect(pauses).toEqual([]);
  });
});
