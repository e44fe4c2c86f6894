import { Argument } from 'commander';
import { RevokeRole } from '../modules/account/index.js';
import { ROLES, type Role } from '../platform/identity/index.js';
import { CommandRefusedError } from './command/explain-failure.js';
import { print, runCommand } from './command/run-command.js';
import { withApp } from './command/with-app.js';

const REVOCABLE = ROLES.filter((role) => role !== 'customer');

runCommand('account:revoke', (command) =>
  command
    .description(
      'Takes a role from an account, at once, also in open sessions. The webhook endpoints of a former partner end.',
    )
    .argument('<email>', 'the address that the account signs in with')
    .addArgument(new Argument('<role>', 'what it may not do from now on').choices(REVOCABLE))
    .action(async (email: string, role: Role) => {
      const found = await withApp((app) => app.get(RevokeRole, { strict: false }).execute(email, role));
      if (!found) throw new CommandRefusedError(`There is no account with the address ${email}.`);
      const { account, revoked } = found;
      if (!revoked) throw new CommandRefusedError(`${account.email} does not have the role ${role}.`);
      print(`${account.email} has the roles ${account.roles.join(', ')}.`);
    }),
);
