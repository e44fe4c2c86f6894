import { Argument } from 'commander';
import { GrantRole } from '../modules/account/index.js';
import { ROLES, type Role } from '../platform/identity/index.js';
import { CommandRefusedError } from './command/explain-failure.js';
import { print, runCommand } from './command/run-command.js';
import { withApp } from './command/with-app.js';

const GRANTABLE = ROLES.filter((role) => role !== 'customer');

runCommand('account:grant', (command) =>
  command
    .description('Gives an account a role; it applies at once, also in open sessions.')
    .argument('<email>', 'the address that the account signs in with')
    .addArgument(new Argument('<role>', 'what it may do from now on').choices(GRANTABLE))
    .action(async (email: string, role: Role) => {
      const account = await withApp((app) => app.get(GrantRole, { strict: false }).execute(email, role));
      if (!account)
        throw new CommandRefusedError(`There is no account with the address ${email}. It has to sign up first.`);
      print(`${account.email} has the roles ${account.roles.join(', ')}.`);
    }),
);
