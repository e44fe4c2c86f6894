import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import 'reflect-metadata';
import { SingleBar } from 'cli-progress';
import { importFeed, type ImportSummary } from '../modules/catalog/index.js';
import { loadConfig } from '../platform/config/index.js';

const USAGE = `Usage: npm run catalog:import -- FILE [--currency EUR] [--rejects FILE]

FILE is a Google Merchant product feed (TSV or CSV) or a Shopify product export (CSV).
--currency  for feeds that name none (Shopify); EUR unless given
--rejects   where rejected rows are written; imports/<name>.rejects.csv in the data folder unless given`;

/** Streams a product feed into the catalog. Rejected rows end in a file and do not fail the command. */
async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      currency: { type: 'string', default: 'EUR' },
      rejects: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [file, ...rest] = positionals;
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  if (!file || rest.length > 0 || !/^[A-Z]{3}$/.test(values.currency)) throw new Error(USAGE);
  const config = loadConfig();
  const { size } = await stat(file);
  const bar = process.stdout.isTTY
    ? new SingleBar({
        format: 'Importing [{bar}] {percentage}% | {eta_formatted} left',
        hideCursor: true,
        clearOnComplete: true,
      })
    : undefined;
  bar?.start(size, 0);
  try {
    const rejectsFile = values.rejects ?? join(config.dataDir, 'imports', `${basename(file)}.rejects.csv`);
    const summary = await importFeed(config, {
      file,
      rejectsFile,
      currency: values.currency,
      onProgress: (bytes) => bar?.update(bytes),
    });
    bar?.stop();
    process.stdout.write(describe(summary));
  } finally {
    bar?.stop();
  }
}

function describe({ format, added, changed, unchanged, rejected, seconds, rejectsFile }: ImportSummary): string {
  const rows = [
    ['new', added],
    ['changed', changed],
    ['unchanged', unchanged],
    ['rejected', rejected],
  ] as const;
  const lines = rows.map(([name, count]) => `  ${name.padEnd(10)}${String(count).padStart(9)}`);
  const rejects = rejectsFile ? [`Rejected rows, by line and column: ${rejectsFile}`] : [];
  return [`${format} feed imported in ${seconds.toFixed(1)} s`, ...lines, ...rejects, ''].join('\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const { name, message } = error as Error;
  process.stderr.write(`${name === 'Error' ? '' : `${name}: `}${message}\n`);
  process.exitCode = 1;
});
