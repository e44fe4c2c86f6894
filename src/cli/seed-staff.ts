import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { SeedStaff } from '../modules/account/index.js';
import { readStaffSeed } from '../platform/config/index.js';
import { FrameworkLogger } from '../platform/http/index.js';

/** Makes sure that the first member of staff can sign in; `npm run up` calls it at every start. */
async function main(): Promise<void> {
  const { email, password } = readStaffSeed();
  const app = await NestFactory.createApplicationContext(AppModule, { logger: new FrameworkLogger(), abortOnError: false });
  await app.get(SeedStaff, { strict: false }).execute(email, password);
  await app.close();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  },
);
