import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { findSchemaDrift } from '../platform/database/index.js';
import { FrameworkLogger } from '../platform/http/index.js';

/** The drift gate: compares every entity with the migrated database and exits 1 when they differ. */
async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: new FrameworkLogger(), abortOnError: false });
  const drift = await findSchemaDrift(app);
  await app.close();
  if (drift.length > 0) throw new Error(`Entities and schema differ; a migration is missing:\n${drift.join('\n')}`);
  process.stdout.write('Entities and schema agree.\n');
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  },
);
