/** RFC 5321: a path has at most 254 characters between its angle brackets. */
export const EMAIL_LENGTH_MAX = 254;

/** The form in which two spellings of one address are equal: NFKC and lower case. */
export function normaliseEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}
