import { counter } from '../../platform/observability/index.js';

/** What the account context counts. */
export const accountMetrics = {
  loginAttempts: counter('bulwark_login_attempts_total', 'Logins by outcome.', ['outcome']),
};
