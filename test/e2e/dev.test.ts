import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { descendantsOf, isAlive } from '../support/process-tree.js';
import { testServices } from '../support/services.js';
import { ROOT } from '../support/source-files.js';

const START_MAX_MS = 180_000;
/** The contract's 5 s hold on a machine of its own; here other suites run beside it. */
const SERVED_MAX_MS = 90_000;
const CASE_MAX_MS = 240_000;

const DTO = 'src/modules/catalog/contract/item.dto.ts';
const CODE = 'src/modules/catalog/read-item.ts';
const FUNCTION = 'migrations/functions/catalog.fill_search.sql';

describe('npm run dev in a copy of the tree', () => {
  let tree: string;
  let dev: ChildProcess;
  let app: string;
  const said: string[] = [];

  const output = () => said.join('');
  const read = (file: string) => readFileSync(join(tree, file), 'utf8');
  const save = (file: string, text: string) => writeFileSync(join(tree, file), text);
  const replace = (file: string, from: string, to: string) => {
    expect(read(file)).toContain(from);
    save(file, read(file).replace(from, to));
  };
  const document = async () => (await fetch(`${app}/openapi.json`)).text();
  /** Between two builds the processes restart: then a connection is refused for a moment. */
  const isServing = () => eventually(async () => (await fetch(`${app}/v1/categories`)).status === 200, SERVED_MAX_MS);
  /** Waits until it is said, after what was said before. */
  const hear = (pattern: RegExp, from: number) =>
    eventually(() => {
      const since = output().slice(from);
      if (!pattern.test(since)) throw new Error(`${pattern} was not said, but:\n${since}`);
      return true;
    }, SERVED_MAX_MS);

  beforeAll(async () => {
    await freshStart();
    tree = mkdtempSync(join(tmpdir(), 'bulwark-dev-'));
    for (const name of [
      'src',
      'migrations',
      'docker',
      'dist',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'nest-cli.json',
    ])
      cpSync(join(ROOT, name), join(tree, name), { recursive: true, preserveTimestamps: true });
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
    const dataDir = join(tree, '.bulwark');
    const { BULWARK_TEST_SERVICES: _services, ...environment } = process.env;
    dev = spawn(process.execPath, ['src/launcher/bootstrap.mjs', 'dev'], {
      cwd: tree,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, ...testServices().environment, BULWARK_DATA_DIR: dataDir, PORT: '0', OPS_PORT: '0' },
    });
    for (const stream of [dev.stdout, dev.stderr]) stream?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    await eventually(() => {
      if (dev.exitCode !== null) throw new Error(`It ended with ${dev.exitCode}:\n${output()}`);
      if (!output().includes('Watching src and migrations')) throw new Error(`It is not watching yet:\n${output()}`);
      return true;
    }, START_MAX_MS);
    app = (JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as { app: string }).app;
  }, START_MAX_MS * 2);

  afterAll(() => {
    if (dev?.pid !== undefined && dev.exitCode === null) process.kill(dev.pid, 'SIGKILL');
    rmSync(tree, { recursive: true, force: true });
  });

  it(
    'serves a changed line, and the OpenAPI document made from it',
    async () => {
      const at = output().length;
      replace(DTO, "/** Slugs of the item's categories. */", '/** Said by a test. */');
      await hear(/Serving .* after/, at);
      expect(await document()).toContain('Said by a test.');
    },
    CASE_MAX_MS,
  );

  it(
    'keeps the last good build while there is an error, and says where it is',
    async () => {
      const at = output().length;
      const good = read(CODE);
      save(CODE, `${good}\nexport const wrong: number = 'text';\n`);
      await hear(/1 error; the last good build keeps serving[\s\S]*read-item\.ts\(\d+,\d+\): error TS2322/, at);
      save(CODE, `${good}\nconst {`);
      await hear(/error TS1\d+/, at);
      expect(await isServing()).toBe(true);
      save(CODE, good);
      await hear(/No errors any more/, at);
    },
    CASE_MAX_MS,
  );

  it(
    'starts again at the save after one that made it crash',
    async () => {
      const at = output().length;
      const good = read(CODE);
      save(CODE, `${good}\nthrow new Error('planted');\n`);
      await hear(/The application ended while it started[\s\S]*planted/, at);
      save(CODE, good);
      await hear(/Serving read-item\.ts/, at);
      expect(await isServing()).toBe(true);
    },
    CASE_MAX_MS,
  );

  it(
    'serves the last of a burst of saves, a new file and a deleted one',
    async () => {
      const at = output().length;
      const good = read(CODE);
      const made = 'src/modules/catalog/made.ts';
      for (let n = 0; n < 20; n += 1) {
        save(made, `export const MADE = ${n};\n`);
        save(CODE, `import { MADE } from './made.js';\n${good}\nexport const SEEN = MADE + ${n};\n`);
      }
      await eventually(() => existsSync(join(tree, 'dist/src/modules/catalog/made.js')), SERVED_MAX_MS);
      await eventually(() => read('dist/src/modules/catalog/made.js').includes('19'), SERVED_MAX_MS);
      save(CODE, good);
      rmSync(join(tree, made));
      await eventually(() => !existsSync(join(tree, 'dist/src/modules/catalog/made.js')), SERVED_MAX_MS);
      await hear(/Serving (read-item\.ts, made\.ts|made\.ts, read-item\.ts)/, at);
      expect(await isServing()).toBe(true);
    },
    CASE_MAX_MS,
  );

  it(
    'applies a changed function',
    async () => {
      const at = output().length;
      replace(FUNCTION, 'BEGIN', 'BEGIN\n  -- said by a test\n');
      await hear(/Applied 1 function\(s\): catalog\.fill_search[\s\S]*Serving/, at);
      const [row] = await query<{ text: string }>("SELECT prosrc AS text FROM pg_proc WHERE proname = 'fill_search'");
      expect(row?.text).toContain('said by a test');
    },
    CASE_MAX_MS,
  );

  it(
    'ends by Ctrl-C with everything it started',
    async () => {
      const { pid = 0 } = dev;
      const all = descendantsOf(pid);
      expect(all.length).toBeGreaterThan(2);
      process.kill(-pid, 'SIGINT');
      expect(await new Promise((resolve) => dev.once('exit', resolve))).toBe(0);
      await eventually(() => !all.some((one) => isAlive(one.pid)));
    },
    CASE_MAX_MS,
  );
});
