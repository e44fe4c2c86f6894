import { Backoff } from './backoff.js';

describe('the pause before a restart', () => {
  it('doubles up to a bound', () => {
    const backoff = new Backoff(() => 0);
    const delays = Array.from({ length: 9 }, () => backoff.nextDelayMs());
    expect(delays).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
  });

  it('is short again after a healthy run', () => {
    let now = 1;
    const backoff = new Backoff(() => now);
    backoff.started();
    backoff.nextDelayMs();
    backoff.nextDelayMs();
    now += 30_000;
    expect(backoff.nextDelayMs()).toBe(200);
  });

  it('ends early when the end begins', async () => {
    const ending = new AbortController();
    const pause = new Backoff().pause(ending.signal);
    ending.abort();
    await expect(pause).resolves.toBeUndefined();
  });
});
