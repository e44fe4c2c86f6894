import { SeedStaff } from '../modules/account/index.js';
import { readVariables } from '../platform/config/index.js';
import { runInApp } from './run-in-app.js';

/** Makes sure that the first member of staff can sign in; `npm run up` calls it at every start. */
runInApp(async (app) => {
  const { STAFF_EMAIL: email, STAFF_PASSWORD: password } = readVariables(['STAFF_EMAIL', 'STAFF_PASSWORD']);
  await app.get(SeedStaff, { strict: false }).execute(email, password);
  return `${email} can sign in with every role.`;
});
