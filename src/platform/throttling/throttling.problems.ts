import { defineProblems } from '../problems/index.js';

/** Refusals of limits; each has a `Retry-After`. */
export const ThrottlingProblems = defineProblems({
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    repair: 'Wait for the seconds in `Retry-After`; `RateLimit-Policy` names the limit.',
    log: 'debug',
    retry: true,
  },
});
