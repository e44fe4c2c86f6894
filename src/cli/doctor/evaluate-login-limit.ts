import type { Finding } from './finding.js';

/** One wrong login of the probe. */
export interface LoginTry {
  readonly from: string;
  readonly status: number;
  readonly code: string;
}

export interface LoginFacts {
  /** Wrong logins on one name without an account, one after the other. */
  readonly sameName: readonly LoginTry[];
  /** One on another name, from where the last came. */
  readonly otherName: LoginTry;
}

const QUESTION = 'Is the limit on failed logins per account, not per address?';

/**
 * Question 5: an attacker has many addresses, so the name must be what is limited; and only the name, or one office
 * locks itself out.
 */
export function evaluateLoginLimit({ sameName, otherName }: LoginFacts): Finding {
  const refusedAt = sameName.findIndex(({ code }) => code === 'login_backoff');
  const addresses = new Set(sameName.map(({ from }) => from)).size;
  const evidence = [
    'wrong logins on a random name without an account',
    ...sameName.map(({ from, status, code }, index) => `try ${index + 1} from ${from}: ${status} ${code}`),
    `another name from ${otherName.from}: ${otherName.status} ${otherName.code}`,
  ];
  const conclude = (figure: string, status: Finding['status'], repair: string): Finding => ({
    question: QUESTION,
    figure,
    status,
    evidence,
    repair,
  });
  const limitedBefore = sameName.findIndex(({ status, code }) => status === 429 && code !== 'login_backoff');
  if (refusedAt < 0 && limitedBefore >= 0)
    return conclude(
      `try ${limitedBefore + 1} was refused for its address`,
      'unknown',
      'The address of this probe is limited at the moment. Ask again in a quarter of an hour, or from elsewhere.',
    );
  if (refusedAt < 0)
    return conclude(
      `${sameName.length} wrong logins on one name, none refused`,
      'critical',
      'Guessing costs an attacker nothing. Lower LOGIN_BACKOFF_FROM; see that Redis for limits is there (ADR 033).',
    );
  if (otherName.code === 'login_backoff')
    return conclude(
      'a name that had not failed was refused too',
      'critical',
      'The failures of one client lock out others. The counter must be keyed by the name (ADR 033).',
    );
  return conclude(
    `try ${refusedAt + 1} on one name was refused, from ${addresses} address${addresses === 1 ? '' : 'es'}; ` +
      'another name was not',
    'good',
    '',
  );
}
