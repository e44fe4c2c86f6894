import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT, sourceFiles } from '../support/source-files.js';
import { CLEAN_TREE, PLANTED_VIOLATIONS } from './planted-violations.js';

interface Report {
  summary: { totalCruised: number; violations: { rule: { name: string }; from: string }[] };
  modules: { source: string }[];
}

function cruise(root: string, ...folders: string[]): Report {
  const depcruise = join(ROOT, 'node_modules/.bin/depcruise');
  try {
    return JSON.parse(
      execFileSync(depcruise, ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders], {
        cwd: root,
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
      }),
    ) as Report;
  } catch (error) {
    // It exits with the number of violations; the report is on stdout all the same.
    return JSON.parse((error as { stdout: string }).stdout) as Report;
  }
}

function plant(files: Readonly<Record<string, string>>): string {
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
    const report = cruise(ROOT, 'src', 'migrations');
    const lookedAt = new Set(report.modules.map((module) => module.source));
    const overlooked = sourceFiles('src', 'migrations').filter((file) => !lookedAt.has(file.path));
    expect(overlooked.map((file) => file.path)).toEqual([]);
    expect(report.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)).toEqual([]);
  });

  describe('a planted violation of each rule', () => {
    let fired: string[];

    beforeAll(() => {
      const clean = plant(CLEAN_TREE);
      const dirty = plant({
        ...CLEAN_TREE,
        ...Object.fromEntries(PLANTED_VIOLATIONS.flatMap(({ files }) => Object.entries(files))),
      });
      try {
        // The plants prove nothing unless the tree around them is clean.
        expect(cruise(clean, 'src', 'migrations').summary.violations).toEqual([]);
        fired = cruise(dirty, 'src', 'migrations').summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
      } finally {
        rmSync(clean, { recursive: true });
        rmSync(dirty, { recursive: true });
      }
    });

    it.each(PLANTED_VIOLATIONS.map((planted) => [planted.rule, planted] as const))('%s fires', (rule, { files }) => {
      const from = Object.keys(files).map((path) => `${rule}: ${path}`);
      expect(from.some((line) => fired.includes(line))).toBe(true);
    });

    it('covers every rule that there is', async () => {
      const config = execFileSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          "import c from './.dependency-cruiser.mjs'; console.log(JSON.stringify(c.forbidden.map((rule) => rule.name)))",
        ],
        { cwd: ROOT, encoding: 'utf8' },
      );
      const rules = JSON.parse(config) as string[];
      expect(PLANTED_VIOLATIONS.map(({ rule }) => rule).toSorted()).toEqual(rules.toSorted());
    });
  });
});
