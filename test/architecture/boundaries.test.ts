import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT, sourceFiles } from '../support/source-files.js';
import { CLEAN_TREE, PLANTED_VIOLATIONS, planted, type Tree } from './planted-violations.js';

interface Report {
  summary: { totalCruised: number; violations: { rule: { name: string }; from: string }[] };
  modules: { source: string }[];
}

const OUTPUT_MAX = 256 * 1024 * 1024;
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { lint: string } };
/** What `npm run lint` looks at. */
const PLACES = /depcruise --config \S+ (.+)$/.exec(scripts.lint)?.[1]?.split(' ') ?? [];

function cruise(root: string, folders: readonly string[]): Report {
  const depcruise = join(ROOT, 'node_modules/.bin/depcruise');
  try {
    return JSON.parse(
      execFileSync(depcruise, ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders], {
        cwd: root,
        encoding: 'utf8',
        maxBuffer: OUTPUT_MAX,
      }),
    ) as Report;
  } catch (error) {
    // It exits with the number of violations; the report is on stdout all the same.
    return JSON.parse((error as { stdout: string }).stdout) as Report;
  }
}

/** What fires in each of the trees, as `rule: file`. */
function cruisePlants(trees: readonly Tree[]): string[][] {
  const roots = trees.map(plant);
  try {
    const script = join(ROOT, 'test/support/cruise-folders.mjs');
    const output = execFileSync(process.execPath, [script, PLACES.join(), ...roots], {
      encoding: 'utf8',
      maxBuffer: OUTPUT_MAX,
    });
    return JSON.parse(output) as string[][];
  } finally {
    for (const root of roots) rmSync(root, { recursive: true });
  }
}

function plant(files: Tree): string {
  const root = mkdtempSync(join(tmpdir(), 'bulwark-boundaries-'));
  for (const file of ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'])
    cpSync(join(ROOT, file), join(root, file));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('the boundaries between modules', () => {
  it('hold in the whole tree, and every file of it was looked at', () => {
    expect(PLACES).toEqual(['src', 'migrations', 'test/drills', 'test/bench', 'test/load']);
    const report = cruise(ROOT, PLACES);
    const lookedAt = new Set(report.modules.map((module) => module.source));
    const overlooked = sourceFiles(...PLACES).filter((file) => !lookedAt.has(file.path));
    expect(overlooked.map((file) => file.path)).toEqual([]);
    expect(report.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)).toEqual([]);
  });

  describe('a violation of each rule, planted alone and in every form of import', () => {
    let inCleanTree: string[] = [];
    const fired = new Map<string, string[]>();

    beforeAll(() => {
      const trees = PLANTED_VIOLATIONS.map((violation) => planted(violation).tree);
      const [clean = [], ...dirty] = cruisePlants([CLEAN_TREE, ...trees]);
      inCleanTree = clean;
      PLANTED_VIOLATIONS.forEach(({ rule }, index) => fired.set(rule, dirty[index] ?? []));
    });

    it('stands in a tree that breaks no rule', () => {
      expect(inCleanTree).toEqual([]);
    });

    it.each(PLANTED_VIOLATIONS.map((violation) => [violation.rule, violation] as const))(
      '%s fires for each form, and no other rule does',
      (rule, violation) => {
        const lines = fired.get(rule) ?? [];
        const { named } = planted(violation);
        expect(named.filter((path) => !lines.includes(`${rule}: ${path}`))).toEqual([]);
        // Nothing imports the planted files, which are rules of their own.
        const expected = [rule, violation.breaksToo, 'no-unreachable-file', 'no-unreachable-tool'];
        expect(lines.filter((line) => !expected.some((name) => line.startsWith(`${name}:`)))).toEqual([]);
      },
    );

    it('covers every rule that there is', async () => {
      const config = execFileSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          "import c from './.dependency-cruiser.mjs'; " +
            'console.log(JSON.stringify(c.forbidden.map((rule) => rule.name)))',
        ],
        { cwd: ROOT, encoding: 'utf8' },
      );
      const rules = JSON.parse(config) as string[];
      expect(PLANTED_VIOLATIONS.map(({ rule }) => rule).toSorted()).toEqual(rules.toSorted());
    });
  });
});
