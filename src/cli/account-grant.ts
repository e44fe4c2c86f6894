import { GrantRole } from '../modules/account/index.js';
import { ROLES, type Role } from '../platform/identity/index.js';
import { runInApp } from './run-in-app.js';

const GRANTABLE = ROLES.filter((role) => role !== 'customer');
const USAGE = `Usage: npm run account:grant -- EMAIL ROLE, with ROLE one of ${GRANTABLE.join(', ')}.`;

const [email, role, ...rest] = process.argv.slice(2);

/** Gives an account a role. */
if (!email || !GRANTABLE.some((known) => known === role) || rest.length > 0) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 1;
} else {
  runInApp(async (app) => {
    const account = await app.get(GrantRole, { strict: false }).execute(email, role as Role);
    if (!account) throw new Error(`There is no account with the address ${email}. It has to sign up first.`);
    return `${account.email} has the roles ${account.roles.join(', ')}.`;
  });
}
