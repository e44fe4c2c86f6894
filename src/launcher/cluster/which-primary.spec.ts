import { choosePrimary, type Candidate } from './which-primary.js';

const candidate = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  name,
  exists: true,
  isStandby: false,
  ...more,
});
const absent = candidate('c', { exists: false });

describe('who starts as the primary', () => {
  it('is none yet when there are no data', () => expect(choosePrimary([absent], null)).toBeNull());

  it('is the one without the mark of a standby, whichever it was last', () => {
    expect(choosePrimary([candidate('a', { isStandby: true }), candidate('b'), absent], 'a')).toBe('b');
  });

  it('is the recorded one when a replica was promoted behind the back of the launcher', () => {
    expect(choosePrimary([candidate('a'), candidate('b')], 'b')).toBe('b');
    expect(choosePrimary([candidate('a'), candidate('b')], 'a')).toBe('a');
  });

  it('is the first one when none was recorded', () => {
    expect(choosePrimary([candidate('a'), candidate('b')], null)).toBe('a');
  });

  it('is none when only replicas are left: an empty primary would cost their data', () => {
    expect(() => choosePrimary([candidate('a', { isStandby: true }), absent], 'a')).toThrow(
      /only replicas are left \(a /,
    );
  });
});
