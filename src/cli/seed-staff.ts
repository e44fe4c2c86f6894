import { SeedStaff } from '../modules/account/index.js';
import { readStaffSeed } from '../platform/config/index.js';
import { runInApp } from './run-in-app.js';

/** Makes sure that the first member of staff can sign in; `npm run up` calls it at every start. */
runInApp(async (app) => {
  const { email, password } = readStaffSeed();
  await app.get(SeedStaff, { strict: false }).execute(email, password);
  return `${email} can sign in with every role.`;
});
