import { AsyncLocalStorage } from 'node:async_hooks';

/** True while a request is served that has to see a write of its own: every cache asks the origin for it. */
export const cacheBypass = new AsyncLocalStorage<true>();
