import 'reflect-metadata';
import { SingleBar } from 'cli-progress';
import { generateItems } from '../modules/catalog/index.js';
import { loadConfig } from '../platform/config/index.js';

const COUNT_MAX = 10_000_000;

/** Adds plausible items for load work. */
async function main([argument, ...rest]: string[]): Promise<void> {
  const count = Number((argument ?? '').replaceAll('_', ''));
  if (!Number.isInteger(count) || count < 1 || count > COUNT_MAX || rest.length > 0)
    throw new Error(`Usage: npm run catalog:generate -- N, with N a whole number from 1 to ${COUNT_MAX}.`);
  const bar = process.stdout.isTTY
    ? new SingleBar({ format: 'Generating [{bar}] {value} of {total}', hideCursor: true, clearOnComplete: true })
    : undefined;
  const began = performance.now();
  bar?.start(count, 0);
  try {
    await generateItems(loadConfig(), count, (done) => bar?.update(done));
  } finally {
    bar?.stop();
  }
  process.stdout.write(`Added ${count} items in ${((performance.now() - began) / 1_000).toFixed(1)} s.\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
