import type { Answer } from '../../../platform/idempotency/index.js';

/** What a request for a reset answers, whether or not the address has an account. */
export const presentResetRequested = (_result: void): Answer => ({ status: 202, body: {} });
