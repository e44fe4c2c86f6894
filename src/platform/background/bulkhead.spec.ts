import { Bulkhead } from './bulkhead.js';

function latch(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('Bulkhead', () => {
  it('runs so much at a time, lets so much wait, and refuses the rest at once', async () => {
    const bulkhead = new Bulkhead({ name: 'tests', concurrencyMax: 2, queueMax: 1 });
    const { opened, open } = latch();
    let most = 0;
    let now = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++now);
      await opened;
      now--;
    };
    const accepted = [bulkhead.run(work), bulkhead.run(work), bulkhead.run(work)];
    await expect(bulkhead.run(work)).rejects.toMatchObject({
      code: 'unavailable',
      status: 503,
      details: { retryAfterSeconds: 2 },
    });
    open();
    await Promise.all(accepted);
    expect(most).toBe(2);
  });

  it('gives the place back when the work fails', async () => {
    const bulkhead = new Bulkhead({ name: 'tests', concurrencyMax: 1, queueMax: 0 });
    await expect(bulkhead.run(async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(bulkhead.run(async () => 'next')).resolves.toBe('next');
  });
});
