import 'reflect-metadata';
import { InvalidArgumentError } from 'commander';
import { addItems, lastNumberedSku, type NewItem } from '../modules/catalog/index.js';
import { loadConfig } from '../platform/config/index.js';
import { ProgressBar } from './command/progress-bar.js';
import { print, runCommand } from './command/run-command.js';
import { GENERATED_PREFIX, generatedItem } from './made-up/generated-items.js';
import { PLAUSIBLE_CATEGORIES } from './made-up/plausible-item.js';

const COUNT_MAX = 10_000_000;

runCommand('catalog:generate', (command) =>
  command
    .description('Adds plausible items for load work.')
    .argument('<n>', `how many, from 1 to ${COUNT_MAX}; 300_000 is read as well`, toCount)
    .action(async (count: number) => {
      const config = loadConfig();
      const began = performance.now();
      const bar = new ProgressBar('Generating [{bar}] {value} of {total}', count);
      try {
        // The same numbers give the same items, and another run continues where the last one ended.
        const first = ((await lastNumberedSku(config, GENERATED_PREFIX)) ?? -1) + 1;
        const itemAt = (index: number): NewItem => generatedItem(first + index);
        await addItems(config, { categories: PLAUSIBLE_CATEGORIES, count, itemAt }, (done) => bar.update(done));
      } finally {
        bar.stop();
      }
      print(`Added ${count} items in ${((performance.now() - began) / 1_000).toFixed(1)} s.`);
    }),
);

function toCount(text: string): number {
  const count = /^\d[\d_]*$/.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN;
  if (count >= 1 && count <= COUNT_MAX) return count;
  throw new InvalidArgumentError(`It has to be a whole number from 1 to ${COUNT_MAX}.`);
}
