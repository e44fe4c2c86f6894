import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { stalenessTable } from '../../src/modules/catalog/cache/staleness.js';
import { brokenLinks, brokenPaths, headingsOf, markdownFiles, readDocument, sectionOf } from '../support/markdown.js';
import { ROOT } from '../support/source-files.js';

const readme = readDocument('README.md');

/** The paths of the README's tree, each with its parents. */
function pathsOfTree(): string[] {
  const block = /## The tree\n```\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const parents: string[] = [];
  return block
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const depth = (line.length - line.trimStart().length) / 2;
      parents.length = depth;
      parents.push(line.trim().split(/\s+/)[0] ?? '');
      return parents.join('');
    });
}

describe('the documents', () => {
  it('README stays within 180 lines', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(180);
  });

  it('README shows the tree that there is', () => {
    const paths = pathsOfTree();
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const shown = new Set(paths);
    for (const folder of ['src', 'src/modules', 'src/platform', 'test']) {
      const real = readdirSync(join(ROOT, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
      expect(real.map((entry) => `${folder}/${entry.name}/`).filter((path) => !shown.has(path))).toEqual([]);
    }
  });

  it('README shows the staleness that the registry allows', () => {
    expect(readme).toContain(stalenessTable());
  });

  it.each(markdownFiles())('%s links to files and headings that exist', (document) => {
    expect(brokenLinks(document, readDocument(document))).toEqual([]);
  });

  it.each(markdownFiles())('%s names files and folders that exist', (document) => {
    expect(brokenPaths(readDocument(document))).toEqual([]);
  });

  it('every npm script of the contract is there', () => {
    const { scripts } = JSON.parse(readDocument('package.json')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/`npm (?:run )?([a-z:-]+)/g)].map((match) => match[1] ?? '');
    for (const name of named) expect({ name, there: name in scripts }).toEqual({ name, there: true });
  });

  it('the pull request template is the checklist of CONTRIBUTING', () => {
    const items = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('- [ ]'));
    const checklist = items(sectionOf(readDocument('CONTRIBUTING.md'), 'Checklist for a change'));
    expect(checklist.length).toBeGreaterThan(5);
    expect(items(readDocument('.github/pull_request_template.md'))).toEqual(checklist);
  });

  it('CI runs what a newcomer runs, on the runtime of .nvmrc', () => {
    const workflow = load(readDocument('.github/workflows/ci.yml')) as {
      on: Record<string, unknown>;
      jobs: Record<string, { steps: { uses?: string; run?: string; with?: Record<string, string> }[] }>;
    };
    expect(Object.keys(workflow.on)).toEqual(['push', 'pull_request']);
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    expect(steps.map(({ run }) => run)).toContain('.ci/run');
    const [node] = steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@'));
    expect(node?.with).toEqual({ 'node-version-file': '.nvmrc' });
    accessSync(join(ROOT, '.ci/run'), constants.X_OK);
  });

  it('the changelog has the sections of its form, newest first', () => {
    const [first, ...versions] = headingsOf(readDocument('CHANGELOG.md'));
    expect(first).toBe('[Unreleased]');
    for (const version of versions) expect(version).toMatch(/^\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$/);
    const kinds = [...readDocument('CHANGELOG.md').matchAll(/^### (.+)$/gm)].map((match) => match[1] ?? '');
    const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
    expect(kinds.filter((kind) => !known.includes(kind))).toEqual([]);
  });
});
