import { refusePassword } from './password-rules.js';

const KNOWN = new Set(['correcthorsebatterystaple', 'passwordpassword', 'unbelievable']);
const refusalOf = (password: string, email = 'ada@example.com'): string | undefined =>
  refusePassword(password, { email, isBreached: (candidate) => KNOWN.has(candidate) });

describe('refusePassword', () => {
  it.each([
    ['12 characters', 'k7 mzqw xpol'],
    ['128 characters', 'abcdefgh'.repeat(16)],
    ['128 characters of two units each', '🐴🔋📎🦀'.repeat(32)],
    ['lower case alone', 'wet gravel sings'],
    ['spaces at both ends', '  gravel road  '],
    ['the mail address inside something longer', 'my dog calls ada@example.com daily'],
    ['the product name inside something longer', 'a bulwark against the northern sea'],
  ])('accepts %s', (_what, password) => {
    expect(refusalOf(password)).toBeUndefined();
  });

  it.each([
    ['11 characters', 'k7 mzqw xpo', 'must have at least 12 characters'],
    ['11 characters of two units each', '🐴🔋📎🦀🐴🔋📎🦀🐴🔋📎', 'must have at least 12 characters'],
    ['129 characters', `${'abcdefgh'.repeat(16)}x`, 'must have at most 128 characters'],
    ['a known one', 'correcthorsebatterystaple', 'is in a list of known passwords'],
    ['a known one in other case', 'CorrectHorseBatteryStaple', 'is in a list of known passwords'],
    ['a known one with figures and signs behind it', 'Unbelievable-2026!', 'is in a list of known passwords'],
    [
      'a known one in full-width letters, which are hashed as plain ones',
      'ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ',
      'is in a list of known passwords',
    ],
    ['three different characters', 'abcabcabcabcabc', 'repeats too few characters'],
    ['spaces alone', ' '.repeat(20), 'repeats too few characters'],
    ['the product name and little else', 'Bulwark12345', 'is made of the mail address or the product name'],
    ['the product name twice', 'bulwark-BULWARK', 'is made of the mail address or the product name'],
  ])('refuses %s', (_what, password, refusal) => {
    expect(refusalOf(password)).toBe(refusal);
  });

  it('counts the characters that are hashed: a letter with its accent is one in every encoding', () => {
    expect(refusalOf('é'.normalize('NFD').repeat(4) + 'abcd')).toBe('must have at least 12 characters');
  });

  it('refuses the mail address and its name with little around them, in any case', () => {
    expect(refusalOf('Lovelace.Ada@example.com', 'lovelace.ada@example.com')).toContain('mail address');
    expect(refusalOf('LOVELACE.ada99', 'lovelace.ada@example.com')).toContain('mail address');
  });

  it('ignores a name so short that it is in many words', () => {
    expect(refusalOf('adagio gravel', 'ada@example.com')).toBeUndefined();
  });
});
