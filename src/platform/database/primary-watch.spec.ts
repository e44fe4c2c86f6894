import type { DataSource } from 'typeorm';
import { PrimaryWatch } from './primary-watch.js';

/** A primary whose log grows with each commit, and which answers when the test says so. */
class ScriptedPrimary {
  committed = 0;
  asked = 0;
  private readonly answers: (() => void)[] = [];

  query(): Promise<{ rows: { lsn: string; file: string }[] }> {
    this.asked++;
    const lsn = this.committed.toString(16).toUpperCase();
    return new Promise((resolve, reject) => {
      this.answers.push(() =>
        this.isDown
          ? reject(new Error('the primary is gone'))
          : resolve({ rows: [{ lsn: `0/${lsn}`, file: '00000003000000000000000A' }] }),
      );
    });
  }

  isDown = false;

  async answer(): Promise<void> {
    this.answers.shift()?.();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

describe('the position of a write', () => {
  let primary: ScriptedPrimary;
  let watch: PrimaryWatch;

  beforeEach(() => {
    primary = new ScriptedPrimary();
    watch = new PrimaryWatch({ driver: { master: primary } } as unknown as DataSource);
  });

  const commitAndAsk = (): Promise<number> => {
    primary.committed++;
    return watch.position().then(({ lsn }) => Number(lsn));
  };

  it('lies at or beyond every commit before the call, however calls overlap', async () => {
    const first = commitAndAsk();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    // Comes while the first query is under way: its result may lack this commit.
    const others = [commitAndAsk(), commitAndAsk(), commitAndAsk()];
    await primary.answer();
    expect(await first).toBe(1);
    await primary.answer();
    expect(await Promise.all(others)).toEqual([4, 4, 4]);
  });

  it('is queried once for all calls that come while a query is under way', async () => {
    const positions = [commitAndAsk()];
    await primary.answer();
    for (let n = 0; n < 100; n++) positions.push(commitAndAsk());
    for (let n = 0; n < 3; n++) await primary.answer();
    await Promise.all(positions);
    expect(primary.asked).toBeLessThanOrEqual(3);
  });

  it('carries the timeline of the log', async () => {
    const position = watch.position();
    await primary.answer();
    await primary.answer();
    expect((await position).timeline).toBe(3);
  });

  it('is unknown when the primary does not answer, and queried again by the next call', async () => {
    primary.isDown = true;
    const [lost] = [expect(commitAndAsk()).rejects.toThrow('the primary is gone')];
    await primary.answer();
    await primary.answer();
    await lost;
    primary.isDown = false;
    const next = commitAndAsk();
    await primary.answer();
    await primary.answer();
    expect(await next).toBe(2);
  });
});
