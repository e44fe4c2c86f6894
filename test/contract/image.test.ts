import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTopology, requiredVariables } from '../support/compose-topology.js';
import { readDockerIgnore } from '../support/docker-ignore.js';
import { readDockerfile } from '../support/dockerfile.js';
import { imageFiles } from '../support/image-files.js';
import { ROOT } from '../support/source-files.js';

const { build = [], last: runtime = [] } = readDockerfile('docker/Dockerfile');
const files = imageFiles().map(({ path }) => path);
const folders = [...new Set(files.map((path) => dirname(path).split('/').slice(0, 4).join('/')))].toSorted();
const isContextOrCapability = (path: string): boolean => /^dist\/src\/(modules|platform)\//.test(path);

/** What `test/e2e/image.test.ts` finds to be true of a real build. */
describe('the image', () => {
  it('takes of its build the folder dist, without source maps, and no other', () => {
    const copies = runtime.filter(({ name, text }) => name === 'COPY' && text.includes('--from=build'));
    expect(copies.map(({ text }) => text)).toEqual(['--from=build /build/dist ./dist']);
    const runs = build.filter(({ name, text }) => name === 'RUN' && !text.startsWith('npm ci '));
    expect(runs.map(({ text }) => text.replaceAll(/\s+/g, ' '))).toEqual([
      "node_modules/.bin/nest build && find dist -name '*.map' -delete",
    ]);
  });

  it('holds the contexts and the capabilities', () => {
    const inside = (place: string): string[] => readdirSync(join(ROOT, place)).map((name) => `dist/${place}/${name}`);
    expect(folders.filter(isContextOrCapability)).toEqual(
      [...inside('src/modules'), ...inside('src/platform')].toSorted(),
    );
  });

  it('holds beside them the commands, and of the launcher the sandbox and the mail sink', () => {
    expect(folders.filter((path) => !isContextOrCapability(path))).toEqual([
      'dist/migrations',
      'dist/migrations/functions',
      'dist/src',
      'dist/src/cli',
      'dist/src/cli/command',
      'dist/src/cli/distribution',
      'dist/src/cli/doctor',
      'dist/src/cli/made-up',
      'dist/src/launcher/mail-sink',
      'dist/src/launcher/sandbox',
    ]);
  });

  it('holds no spec, no map, no drill, no bench', () => {
    expect(files.filter((path) => !/\.m?js$|^dist\/migrations\/functions\/[a-z._]+\.sql$/.test(path))).toEqual([]);
    expect(files.filter((path) => /\.spec\.|\b(drill|bench|load-plan)/.test(path))).toEqual([]);
  });

  it('has every program that the image and the topology start', () => {
    const secrets = Object.fromEntries(Object.keys(requiredVariables()).map((name) => [name, 'x'.repeat(40)]));
    const commands = [
      JSON.parse(runtime.findLast(({ name }) => name === 'CMD')?.text ?? '[]') as string[],
      ...Object.values(readTopology(secrets).services).map(({ command = [] }) => command),
    ];
    const started = commands.flat().filter((word) => word.startsWith('dist/'));
    expect(started.length).toBe(4);
    expect(started.filter((path) => !files.includes(path))).toEqual([]);
  });
});

describe('the reading of .dockerignore', () => {
  it.each([
    ['src/main.ts', true],
    ['src/main.spec.ts', false],
    ['src/launcher/up.ts', false],
    ['src/launcher/bootstrap/build.mjs', false],
    ['src/launcher/sandbox/main.ts', true],
    ['src/launcher/sandbox/start-sandbox.spec.ts', false],
    ['migrations/functions/catalog.reserve_stock.sql', true],
    ['docker/healthcheck.mjs', true],
    ['docker/compose.yaml', false],
    ['docker/.env', false],
    ['test/drills/drill.ts', false],
  ])('%s: %s', (path, taken) => {
    expect(readDockerIgnore()(path)).toBe(taken);
  });
});
