import { defineProblems } from '../problems/index.js';

/** Refusals of requests by their idempotency key. */
export const IdempotencyProblems = defineProblems({
  idempotency_key_missing: {
    status: 400,
    title: 'An idempotency key is needed',
    repair:
      'Send an `Idempotency-Key` header with a new random value for each intent, ' +
      'and the same value when you try again.',
    log: 'debug',
    retry: false,
  },
  idempotency_key_invalid: {
    status: 400,
    title: 'The idempotency key is not valid',
    repair: 'Send one `Idempotency-Key` header of 1 to 255 visible ASCII characters.',
    log: 'debug',
    retry: false,
  },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request with this key is still running',
    repair: 'Try again with the same key after the seconds in `Retry-After`.',
    log: 'info',
    retry: true,
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The key was used for another request',
    repair: 'Use a new key for a new intent; send the request unchanged when you try again.',
    log: 'info',
    retry: false,
  },
});
