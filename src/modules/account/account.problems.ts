import { defineProblems } from '../../platform/problems/index.js';

/** What the account context refuses. */
export const AccountProblems = defineProblems({
  email_taken: {
    status: 409,
    title: 'The mail address has an account',
    repair: 'Sign in, or ask for a new password.',
    log: 'debug',
    retry: false,
  },
  invalid_credentials: {
    status: 401,
    title: 'Mail address or password is wrong',
    repair: 'Check both, or ask for a new password.',
    log: 'info',
    retry: false,
  },
  login_backoff: {
    status: 429,
    title: 'Too many failed logins',
    repair: 'Wait for the seconds in `Retry-After`, then try again.',
    log: 'info',
    retry: true,
  },
  refresh_token_invalid: {
    status: 401,
    title: 'The refresh token is not valid',
    repair: 'Sign in again.',
    log: 'info',
    retry: false,
  },
  password_reset_invalid: {
    status: 404,
    title: 'The reset link is not valid',
    repair: 'Ask for a new one; a link works once, for 30 minutes.',
    log: 'info',
    retry: false,
  },
});
