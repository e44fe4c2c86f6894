import { choosePrimary, type Candidate } from './choose-primary.js';

const candidate = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  name,
  exists: true,
  isStandby: false,
  timeline: 1,
  ...more,
});
const absent = candidate('c', { exists: false, timeline: 0 });

describe('who starts as the primary', () => {
  it('is none yet when there are no data', () => expect(choosePrimary([absent], null)).toBeNull());

  it('is the one without the mark of a standby, whichever it was last', () => {
    expect(choosePrimary([candidate('a', { isStandby: true }), candidate('b'), absent], 'a')).toBe('b');
  });

  it('is the promoted one when a crash kept the former primary from being fenced', () => {
    expect(choosePrimary([candidate('a', { timeline: 1 }), candidate('b', { timeline: 2 })], 'a')).toBe('b');
  });

  it('is the one chosen last when two were promoted at once', () => {
    expect(choosePrimary([candidate('a', { timeline: 2 }), candidate('b', { timeline: 2 })], 'b')).toBe('b');
  });

  it('is none when only replicas are left: an empty primary would cost their data', () => {
    expect(() => choosePrimary([candidate('a', { isStandby: true }), absent], 'a')).toThrow(
      /only replicas are left \(a /,
    );
  });
});
