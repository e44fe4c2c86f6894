import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stalenessTable } from '../../src/modules/catalog/staleness.js';
import { ROOT } from '../support/source-files.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

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
  it('README stays within 200 lines', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(200);
  });

  it('README shows the tree that there is', () => {
    const paths = pathsOfTree();
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const shown = new Set(paths);
    for (const folder of ['src', 'src/modules', 'test']) {
      const real = readdirSync(join(ROOT, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
      expect(real.map((entry) => `${folder}/${entry.name}/`).filter((path) => !shown.has(path))).toEqual([]);
    }
  });

  it('README shows the staleness that the registry allows', () => {
    expect(readme).toContain(stalenessTable());
  });

  it('link to files that are there', () => {
    for (const document of ['README.md', 'CONTRIBUTING.md', 'adr/README.md', 'docker/README.md']) {
      const text = readFileSync(join(ROOT, document), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g)].map((match) => match[1] ?? '');
      const lost = links.filter((link) => !existsSync(join(ROOT, document, '..', link)));
      expect({ document, lost }).toEqual({ document, lost: [] });
    }
  });

  it('the index of decisions names each decision once, and each keeps to one page with its parts', () => {
    const index = readFileSync(join(ROOT, 'adr/README.md'), 'utf8');
    const decisions = readdirSync(join(ROOT, 'adr')).filter((file) => /^\d{3}-.*\.md$/.test(file));
    expect(decisions.length).toBeGreaterThan(5);
    for (const file of decisions) {
      const text = readFileSync(join(ROOT, 'adr', file), 'utf8');
      expect({ file, indexed: index.split(`(${file})`).length - 1 }).toEqual({ file, indexed: 1 });
      for (const part of [
        '**Status:**',
        '## Context',
        '## Options',
        '## Decision',
        '## Consequences',
        '**Guarded by**',
      ])
        expect({ file, part, there: text.includes(part) }).toEqual({ file, part, there: true });
      expect(text.split(/\s+/).length).toBeLessThan(450);
    }
  });

  it('every npm script of the contract is there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/`npm (?:run )?([a-z:-]+)/g)].map((match) => match[1] ?? '');
    for (const name of named) expect({ name, there: name in scripts }).toEqual({ name, there: true });
  });
});
