import { SigningKeys } from '../platform/identity/index.js';
import { runInApp } from './run-in-app.js';

/** Makes a new token-signing key; running processes take it up within seconds. */
runInApp(async (app) => {
  const kid = await app.get(SigningKeys, { strict: false }).rotate();
  return `New tokens are signed with the key ${kid}; older ones verify until their tokens have run out.`;
});
