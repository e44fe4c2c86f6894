import 'reflect-metadata';
import { loadSampleCatalog } from '../modules/catalog/index.js';
import { loadConfig } from '../platform/config/index.js';

/** Loads the sample catalog of the first start; does nothing when it is there. */
async function main(): Promise<void> {
  const added = await loadSampleCatalog(loadConfig());
  process.stdout.write(added > 0 ? `Loaded ${added} sample items.\n` : 'The sample catalog is there already.\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
