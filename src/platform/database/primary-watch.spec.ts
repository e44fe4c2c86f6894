import type { DataSource } from 'typeorm';
import { PrimaryWatch } from './primary-watch.js';

/** A primary whose log grows with each commit, and which answers when it is told to. */
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

describe('where a write went', () => {
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

  it('lies at or beyond every commit before the question, however questions overlap', async () => {
    const first = commitAndAsk();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    // Comes while the first question is under way: what that one finds may lack this commit.
    const others = [commitAndAsk(), commitAndAsk(), commitAndAsk()];
    await primary.answer();
    expect(await first).toBe(1);
    await primary.answer();
    expect(await Promise.all(others)).toEqual([4, 4, 4]);
  });

  it('is asked once for all who come while a question is under way', async () => {
    const positions = [commitAndAsk()];
    await primary.answer();
    for (let n = 0; n < 100; n++) positions.push(commitAndAsk());
    for (let n = 0; n < 3; n++) await primary.answer();
    await Promise.all(positions);
    expect(primary.asked).toBeLessThanOrEqual(3);
  });

  it('is told with the timeline of the log', async () => {
    const position = watch.position();
    await primary.answer();
    await primary.answer();
    expect((await position).timeline).toBe(3);
  });

  it('is not known when the primary does not say, and asked anew by the next', async () => {
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
