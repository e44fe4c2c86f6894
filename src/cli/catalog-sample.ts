import 'reflect-metadata';
import { addItems, lastNumberedSku } from '../modules/catalog/index.js';
import { loadConfig } from '../platform/config/index.js';
import { print, runCommand } from './command/run-command.js';
import { PLAUSIBLE_CATEGORIES } from './made-up/plausible-item.js';
import { SAMPLE_PREFIX, SAMPLE_SIZE, sampleItem } from './made-up/sample-items.js';

runCommand('catalog-sample', (command) =>
  command
    .description('Loads the sample catalog of the first start; does nothing when it is there.')
    .action(async () => {
      const config = loadConfig();
      if ((await lastNumberedSku(config, SAMPLE_PREFIX)) !== undefined)
        return print('The sample catalog is there already.');
      await addItems(config, { categories: PLAUSIBLE_CATEGORIES, count: SAMPLE_SIZE, itemAt: sampleItem });
      print(`Loaded ${SAMPLE_SIZE} sample items.`);
    }),
);
