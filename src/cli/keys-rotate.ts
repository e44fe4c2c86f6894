import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { FrameworkLogger } from '../platform/http/index.js';
import { SigningKeys } from '../platform/identity/index.js';

/** Makes a new token-signing key; running processes take it up within seconds. */
async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: new FrameworkLogger(), abortOnError: false });
  const kid = await app.get(SigningKeys, { strict: false }).rotate();
  await app.close();
  process.stdout.write(`New tokens are signed with the key ${kid}; older ones verify until their tokens have run out.\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  },
);
