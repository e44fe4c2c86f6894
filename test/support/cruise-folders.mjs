/**
 * Cruises the same places (first argument, separated by commas) below each folder that follows on the command line, one
 * after the other in this process (a process of its own for each would take a second a piece), and prints what fired as
 * a JSON array of `["rule: file", …]`, one a folder. Each folder has its own `.dependency-cruiser.mjs` and
 * `tsconfig.json`.
 */
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const [places, ...folders] = process.argv.slice(2);
const fired = [];
for (const folder of folders) {
  process.chdir(folder);
  const options = await extractDepcruiseOptions(join(folder, '.dependency-cruiser.mjs'));
  const tsConfig = extractTSConfig(join(folder, 'tsconfig.json'));
  const { output } = await cruise(places.split(','), options, {}, { tsConfig });
  fired.push(output.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`));
}
process.stdout.write(JSON.stringify(fired));
