import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { allProblems } from '../../src/platform/problems/index.js';
import { ROOT, sourceFiles } from '../support/source-files.js';

const sources = sourceFiles('src').filter(({ path }) => !path.endsWith('.spec.ts') && !path.includes('/launcher/'));
const definitions = sources.filter(
  ({ path, text }) => /\bdefineProblems\(/.test(text) && !path.endsWith('/problem.ts'),
);

/** The problems that nginx answers by itself, written out in its configuration. */
function problemsOfEdge(): { code: string; status: number; title: string; type: string }[] {
  const folder = join(ROOT, 'docker/edge');
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return texts.flatMap((text) =>
    [...text.matchAll(/'(\{"type":"\/problems\/.*?\})'/g)].map((match) => JSON.parse(match[1] ?? '') as never),
  );
}

describe('the catalogue of problems', () => {
  beforeAll(async () => {
    for (const { path } of definitions) await import(join(ROOT, path));
  });

  it('is found in every file that defines problems', () => {
    expect(definitions.map(({ path }) => path).length).toBeGreaterThan(5);
    expect(allProblems().size).toBeGreaterThan(30);
  });

  it('has every code that some code throws', () => {
    const thrown = sources.flatMap(({ text }) =>
      [...text.matchAll(/\b[A-Z]\w*Problems\.([a-z][a-z_]+)\b/g)].map((match) => match[1] ?? ''),
    );
    expect(thrown.length).toBeGreaterThan(50);
    expect([...new Set(thrown)].filter((code) => !allProblems().has(code))).toEqual([]);
  });

  it('has no code that none throws', () => {
    const used = sources.map(({ text }) => text).join('\n');
    const idle = [...allProblems().keys()].filter((code) => !new RegExp(String.raw`Problems\.${code}\b`).test(used));
    expect(idle).toEqual([]);
  });

  it('says of each what to do, in a sentence', () => {
    for (const [code, { repair, title }] of allProblems()) {
      expect({ code, repair }).toEqual({ code, repair: expect.stringMatching(/^[A-Z].{10,}\.$/s) as string });
      expect({ code, title }).toEqual({ code, title: expect.stringMatching(/^[A-Z].*[^.]$/s) as string });
    }
  });

  it('is what the edge answers by itself, too', () => {
    const edge = problemsOfEdge();
    expect(edge.length).toBeGreaterThan(8);
    for (const { code, status, title, type } of edge) {
      const known = allProblems().get(code);
      expect({ code, type, title }).toEqual({ code, type: `/problems/${code}`, title: known?.title });
      // 501 and 505 are the edge's alone: the request cannot be read there.
      if (status < 500 || code === 'unavailable') expect({ code, status }).toEqual({ code, status: known?.status });
    }
  });

  it('is linked from every answer: no other code makes a type', () => {
    const elsewhere = sources.filter(
      ({ path, text }) =>
        /['"`]\/problems\/[a-z$]/.test(text) && !/^src\/platform\/(problems|documentation)\//.test(path),
    );
    expect(elsewhere.map(({ path }) => path)).toEqual([]);
  });
});
