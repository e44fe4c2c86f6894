import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import 'reflect-metadata';
import { InvalidArgumentError } from 'commander';
import { FeedRefusedError, importFeed, type ImportSummary } from '../modules/catalog/index.js';
import { loadConfig, userPath } from '../platform/config/index.js';
import { shownPath } from '../platform/machine/index.js';
import { CommandRefusedError } from './command/explain-failure.js';
import { ProgressBar } from './command/progress-bar.js';
import { EXIT, onInterrupt, print, runCommand } from './command/run-command.js';

const EXIT_CODES = `
Exit codes: 0 something was taken or the feed has no rows, 1 every row was refused or the import failed,
2 the file cannot be read as a feed, or an argument is wrong.`;

runCommand('catalog:import', (command) =>
  command
    .description('Streams a product feed into the catalog. Rejected rows go to a file and stop no other row.')
    .argument('<file>', 'a Google Merchant product feed (TSV or CSV) or a Shopify product export (CSV)')
    .option('--currency <code>', 'for feeds that name none (Shopify)', toCurrency, 'EUR')
    .option(
      '--rejects <file>',
      'where rejected rows are written; replaces the report of an earlier import and no other file ' +
        '(default: imports/<name>.rejects.csv in the data folder)',
    )
    .addHelpText('after', EXIT_CODES)
    .action((file: string, options: ImportOptions) => importInto(userPath(file), options)),
);

interface ImportOptions {
  readonly currency: string;
  readonly rejects?: string;
}

async function importInto(file: string, { currency, rejects }: ImportOptions): Promise<void> {
  const config = loadConfig();
  const ownFolder = join(config.dataDir, 'imports');
  const bar = new ProgressBar('Importing [{bar}] {percentage}% | {eta_formatted} left', await sizeOf(file));
  try {
    const summary = await importFeed(config, {
      file,
      rejects: rejects === undefined ? { ownFolder, name: `${basename(file)}.rejects.csv` } : userPath(rejects),
      currency,
      onProgress: (bytes) => bar.update(bytes),
      onInterrupt,
    });
    bar.stop();
    print(describe(summary));
    const { added, changed, unchanged, rejected } = summary;
    if (rejected > 0 && added + changed + unchanged === 0) process.exitCode = EXIT.failed;
  } catch (error) {
    throw error instanceof FeedRefusedError ? new CommandRefusedError(error.message, EXIT.usage) : error;
  } finally {
    bar.stop();
  }
}

/** The bytes to come; undefined for a pipe, and for what the import will refuse. */
async function sizeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

function describe({ format, added, changed, unchanged, rejected, seconds, rejectsFile }: ImportSummary): string {
  const rows = [
    ['new', added],
    ['changed', changed],
    ['unchanged', unchanged],
    ['rejected', rejected],
  ] as const;
  const lines = rows.map(([name, count]) => `  ${name.padEnd(10)}${String(count).padStart(9)}`);
  const rejects = rejectsFile ? [`Rejected rows, by line and column: ${shownPath(rejectsFile)}`] : [];
  return [`${format} feed imported in ${seconds.toFixed(1)} s`, ...lines, ...rejects].join('\n');
}

function toCurrency(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw new InvalidArgumentError('It has to be a code of ISO 4217, for example EUR.');
}
