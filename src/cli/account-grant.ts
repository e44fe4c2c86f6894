import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { GrantRole } from '../modules/account/index.js';
import { FrameworkLogger } from '../platform/http/index.js';
import { ROLES, type Role } from '../platform/identity/index.js';

const GRANTABLE = ROLES.filter((role) => role !== 'customer');
const USAGE = `Usage: npm run account:grant -- EMAIL ROLE, with ROLE one of ${GRANTABLE.join(', ')}.`;

/** Gives an account a role. */
async function main([email, role, ...rest]: string[]): Promise<void> {
  if (!email || !GRANTABLE.some((known) => known === role) || rest.length > 0) throw new Error(USAGE);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: new FrameworkLogger(), abortOnError: false });
  const account = await app.get(GrantRole, { strict: false }).execute(email, role as Role);
  await app.close();
  if (!account) throw new Error(`There is no account with the address ${email}. It has to sign up first.`);
  process.stdout.write(`${account.email} has the roles ${account.roles.join(', ')}.\n`);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  },
);
