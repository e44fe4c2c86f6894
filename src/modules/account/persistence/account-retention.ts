import { days, type TableRetention } from '../../../platform/retention/index.js';

/** An owner who finds a strange login, or an auditor, can look back this long. */
const KEPT_DAYS = 30;

/**
 * How long the rows of this schema stay.
 *
 * The reuse of a refresh token is detected by its row, so a used one stays for as long as its session can live: it was
 * used after the session began, and use prolongs no session, so a session's lifetime later no token of it is good.
 */
export function accountRetention(sessionTtlSeconds: number): Readonly<Record<string, TableRetention>> {
  return {
    accounts: { keptForGood: 'A deleted account is anonymised and keeps its id, which payments and ledger name.' },
    refresh_tokens: {
      deletes: [
        {
          endedAt: 'used_at',
          keptSeconds: Math.max(days(KEPT_DAYS), sessionTtlSeconds),
          because: 'Its reuse ends the session while a token of the session is good.',
        },
      ],
    },
    sessions: {
      deletes: [
        {
          endedAt: 'LEAST(ended_at, expires_at)',
          keptSeconds: days(KEPT_DAYS),
          because: 'When and why it ended is known for a month.',
          dependents: { table: 'account.refresh_tokens', column: 'session_id' },
        },
      ],
    },
    password_resets: {
      deletes: [
        {
          endedAt: 'LEAST(used_at, expires_at)',
          keptSeconds: days(KEPT_DAYS),
          because: 'Who asked for a new password is known for a month.',
        },
      ],
    },
  };
}
