import { AsyncLocalStorage } from 'node:async_hooks';

/** True while a request is served that has to see its caller's own write: every cache then asks the origin. */
export const cacheBypass = new AsyncLocalStorage<true>();
