import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stalenessTable } from '../../src/modules/catalog/cache/staleness.js';
import { brokenLinks, brokenPaths, markdownFiles, readDocument } from '../support/markdown.js';
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
});
