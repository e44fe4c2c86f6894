import { SeedStaff } from '../modules/account/index.js';
import { readVariables } from '../platform/config/index.js';
import { print, runCommand } from './command/run-command.js';
import { withApp } from './command/with-app.js';

runCommand('seed-staff', (command) =>
  command
    .description('Makes sure that the first member of staff can sign in; "npm run up" calls it at every start.')
    .action(async () => {
      const { STAFF_EMAIL: email, STAFF_PASSWORD: password } = readVariables(['STAFF_EMAIL', 'STAFF_PASSWORD']);
      await withApp((app) => app.get(SeedStaff, { strict: false }).execute(email, password));
      print(`${email} can sign in with every role.`);
    }),
);
