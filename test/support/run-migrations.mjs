import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DataSource } from 'typeorm';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const built = (path) => import(pathToFileURL(join(ROOT, 'dist/src/platform', path)).href);

const { loadConfig } = await built('config/index.js');
const { runMigrations } = await built('database/run-migrations.js');
const [, , folder, undo] = process.argv;

/**
 * Runs the migrations of any folder with the product's own runner, as the migrate command does with ours; `undo` takes
 * back the newest, `undo-all` all.
 */
if (undo) await takeBack(undo === 'undo-all');
else process.stdout.write(JSON.stringify(await runMigrations(loadConfig(), folder)));

async function takeBack(all) {
  const source = new DataSource({
    type: 'postgres',
    url: loadConfig().database.directUrl,
    migrations: [join(folder, '*.js')],
    migrationsTableName: 'bulwark_migrations',
    installExtensions: false,
  });
  await source.initialize();
  // Without a transaction around it: an index that is made concurrently is dropped concurrently.
  for (let left = all ? source.migrations.length : 1; left > 0; left--)
    await source.undoLastMigration({ transaction: 'none' });
  await source.destroy();
  process.stdout.write('null');
}
