import type { AttemptBounds } from './attempts.js';
import { LocalAttempts } from './local-attempts.js';

const START_MS = 1_800_000_000_000;
const BOUNDS: AttemptBounds = { windowMs: 900_000, blockMsAfter: [0, 0, 1_000, 2_000], sourceFailuresMax: 5 };

describe('LocalAttempts', () => {
  let attempts: LocalAttempts;
  const attempt = (subject: string, source: string, afterMs = 0) =>
    attempts.reserve({ subject, source }, BOUNDS, START_MS + afterMs);

  beforeEach(() => {
    attempts = new LocalAttempts();
  });

  it('blocks the subject from the third failure on, from any source, for longer each time', () => {
    expect(['a', 'b', 'c'].map((source) => attempt('ada', source))).toEqual(
      [1, 2, 3].map((failures) => ({ kind: 'allowed', failures })),
    );
    expect(attempt('ada', 'd')).toEqual({ kind: 'blocked', retryAfterMs: 1_000 });
    expect(attempt('ada', 'd', 999)).toEqual({ kind: 'blocked', retryAfterMs: 1 });
    expect(attempt('ada', 'd', 1_000)).toEqual({ kind: 'allowed', failures: 4 });
    expect(attempt('ada', 'd', 1_000)).toEqual({ kind: 'blocked', retryAfterMs: 2_000 });
    expect(attempt('ada', 'd', 3_000)).toEqual({ kind: 'allowed', failures: 5 });
    expect(attempt('ada', 'e', 3_000)).toEqual({ kind: 'blocked', retryAfterMs: 2_000 });
  });

  it('neither counts an attempt during the block nor extends the block', () => {
    for (const source of ['a', 'b', 'c']) attempt('ada', source);
    for (let n = 0; n < 100; n++) attempt('ada', 'd', 500);
    expect(attempt('ada', 'd', 1_000)).toEqual({ kind: 'allowed', failures: 4 });
    expect(attempt('grace', 'd', 1_000)).toMatchObject({ kind: 'allowed' });
  });

  it('refuses a source with many failures over different subjects, and no other source', () => {
    const decisions = ['s1', 's2', 's3', 's4', 's5', 's6'].map((subject) => attempt(subject, 'a').kind);
    expect(decisions).toEqual(['allowed', 'allowed', 'allowed', 'allowed', 'source-refused', 'source-refused']);
    expect(attempt('s5', 'b')).toEqual({ kind: 'allowed', failures: 1 });
  });

  it('returns when a refused source may retry, and allows it then', () => {
    for (const subject of ['s1', 's2', 's3', 's4']) attempt(subject, 'a');
    expect(attempt('s5', 'a', 1_000)).toEqual({ kind: 'source-refused', retryAfterMs: 899_000 });
    expect(attempt('s5', 'a', 900_000)).toEqual({ kind: 'allowed', failures: 1 });
  });

  it('resets the subject after a success and releases one attempt of the source', () => {
    for (let n = 0; n < 100; n++) {
      expect(attempt('ada', 'a')).toEqual({ kind: 'allowed', failures: 1 });
      attempts.succeed({ subject: 'ada', source: 'a' });
    }
    for (const subject of ['s1', 's2', 's3', 's4']) expect(attempt(subject, 'a')).toMatchObject({ kind: 'allowed' });
    attempts.succeed({ subject: 's4', source: 'a' });
    expect(attempt('s5', 'a')).toMatchObject({ kind: 'allowed' });
    expect(attempt('s6', 'a')).toMatchObject({ kind: 'source-refused' });
  });

  it('expires the failures of a subject a window after the last one and its block', () => {
    attempt('ada', 'a');
    attempt('ada', 'b', 899_999);
    expect(attempt('ada', 'c', 1_799_998)).toEqual({ kind: 'allowed', failures: 3 });
    expect(attempt('ada', 'd', 1_799_998 + 901_000)).toEqual({ kind: 'allowed', failures: 1 });
  });
});
