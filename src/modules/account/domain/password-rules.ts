export const PASSWORD_LENGTH_MIN = 12;
export const PASSWORD_LENGTH_MAX = 128;
/** Words that an attacker tries first for this product. */
const PRODUCT_WORDS = ['bulwark'];
/** The characters that a password must have besides its guessable part. */
const REMAINDER_MIN = 8;

/** The form that is checked and hashed: keyboards encode a character differently (NIST SP 800-63B, 5.1.1.2). */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

/**
 * Why a password is refused; undefined when it is accepted. There are no composition rules: length and rarity count
 * (NIST SP 800-63B).
 */
export function refusePassword(
  typed: string,
  facts: { email: string; isBreached: (candidate: string) => boolean },
): string | undefined {
  const password = normalisePassword(typed);
  const length = [...password].length;
  if (length < PASSWORD_LENGTH_MIN) return `must have at least ${PASSWORD_LENGTH_MIN} characters`;
  if (length > PASSWORD_LENGTH_MAX) return `must have at most ${PASSWORD_LENGTH_MAX} characters`;
  const plain = password.toLowerCase();
  if (facts.isBreached(plain) || facts.isBreached(plain.replaceAll(/[\s\d!@#$%^&*._-]+$/g, '')))
    return 'is in a list of known passwords';
  if (new Set(plain).size < 4) return 'repeats too few characters';
  const personal = [facts.email.toLowerCase(), facts.email.toLowerCase().split('@')[0] ?? '', ...PRODUCT_WORDS].filter(
    (word) => word.length >= 4,
  );
  const guessable = personal.find((word) => plain.includes(word) && plain.replaceAll(word, '').length < REMAINDER_MIN);
  return guessable === undefined ? undefined : 'is made of the mail address or the product name';
}
