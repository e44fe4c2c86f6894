import 'reflect-metadata';
import { loadSampleCatalog } from '../modules/catalog/index.js';
import { loadConfig } from '../platform/config/index.js';
import { print, runCommand } from './command/run-command.js';

runCommand('catalog-sample', (command) =>
  command
    .description('Loads the sample catalog of the first start; does nothing when it is there.')
    .action(async () => {
      const added = await loadSampleCatalog(loadConfig());
      print(added > 0 ? `Loaded ${added} sample items.` : 'The sample catalog is there already.');
    }),
);
