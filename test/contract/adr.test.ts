import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { headingsOf, readDocument, sectionOf, wordsBelowTitle } from '../support/markdown.js';
import { ROOT, sourceFiles, sqlFiles } from '../support/source-files.js';

const DECISION_FILE = /^\d{3}-[a-z0-9-]+\.md$/;
const WORDS_MIN = 150;
const WORDS_MAX = 300;
const GLOSSARY_WORDS_MAX = 800;

const decisions = readdirSync(join(ROOT, 'adr'))
  .filter((file) => DECISION_FILE.test(file))
  .toSorted();
const sections = headingsOf(readDocument('adr/template.md'));
const tests = sourceFiles('src', 'test', 'migrations').filter(({ path }) => /\.(test|spec)\.ts$/.test(path));

/** The tests that a text names: a whole path, or a file's name that one folder has. */
function namedTests(text: string): { name: string; files: typeof tests }[] {
  const names = [...text.matchAll(/[\w./-]+\.(?:test|spec)\.ts/g)].map(([name]) => name);
  return names.map((name) => ({
    name,
    files: tests.filter(({ path }) => path === name || path.endsWith(`/${name}`)),
  }));
}

/** The decisions to which the rows of a table link in their first cell. */
const rowsOf = (text: string): string[] =>
  [...text.matchAll(/^\| \[[^\]]+\]\((\d{3}-[^)]+)\) \|/gm)].map((match) => match[1] ?? '');

describe('the architecture decisions', () => {
  it('are there, each under a number of its own', () => {
    expect(decisions.length).toBeGreaterThan(20);
    expect(new Set(decisions.map((file) => file.slice(0, 3))).size).toBe(decisions.length);
    const others = readdirSync(join(ROOT, 'adr')).filter((file) => !DECISION_FILE.test(file));
    expect(others.toSorted()).toEqual(['README.md', 'glossary.md', 'template.md', 'trade-offs.md']);
  });

  it('have a row each, in order, in the index and in the table of trade-offs', () => {
    expect(rowsOf(readDocument('adr/README.md'))).toEqual(decisions);
    expect(rowsOf(readDocument('adr/trade-offs.md'))).toEqual(decisions);
  });

  it('stand in the index under their own titles', () => {
    const index = readDocument('adr/README.md');
    for (const file of decisions) {
      const title = /^# \d{3}: (.+)$/m.exec(readDocument(`adr/${file}`))?.[1] ?? '(no title)';
      expect(index).toContain(`| [${file.slice(0, 3)}](${file}) | ${title} |`);
    }
  });

  it('say in the table of trade-offs what each gained and gave up', () => {
    const rows = readDocument('adr/trade-offs.md')
      .split('\n')
      .filter((line) => line.startsWith('| ['));
    for (const row of rows) {
      const cells = row.split('|').map((cell) => cell.trim());
      expect(cells.slice(1, -1).map((cell) => cell.length > 10)).toEqual([true, true, true]);
    }
  });

  it('and the glossary keeps to a page', () => {
    expect(wordsBelowTitle(readDocument('adr/glossary.md'))).toBeLessThanOrEqual(GLOSSARY_WORDS_MAX);
  });
});

describe.each(decisions)('the decision %s', (file) => {
  const text = readDocument(`adr/${file}`);

  it(`has ${WORDS_MIN} to ${WORDS_MAX} words`, () => {
    const words = wordsBelowTitle(text);
    expect(words).toBeGreaterThanOrEqual(WORDS_MIN);
    expect(words).toBeLessThanOrEqual(WORDS_MAX);
  });

  it('has the sections of the template in their order, none empty', () => {
    expect(text).toMatch(new RegExp(`^# ${file.slice(0, 3)}: \\S`));
    expect(sections.length).toBe(6);
    expect(headingsOf(text)).toEqual(sections);
    expect(sections.filter((section) => sectionOf(text, section) === '')).toEqual([]);
  });

  it('states a status, weighs two options at least and admits a cost', () => {
    expect(sectionOf(text, 'Status')).toMatch(/^(proposed|accepted|superseded by \d{3})/);
    expect(sectionOf(text, 'Options').match(/^- /gm)?.length ?? 0).toBeGreaterThanOrEqual(2);
    expect(sectionOf(text, 'Consequences')).toMatch(/^- Cost: /m);
  });

  it('names tests that exist', () => {
    const named = namedTests(text);
    expect(namedTests(sectionOf(text, 'Guarded by')).length).toBeGreaterThan(0);
    expect(named.filter(({ files }) => files.length !== 1).map(({ name }) => name)).toEqual([]);
  });

  it('quotes test names that the named files contain', () => {
    const guard = sectionOf(text, 'Guarded by');
    const quoted = [...guard.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
    const sources = namedTests(guard).flatMap(({ files }) => files.map((named) => named.text));
    expect(quoted.filter((name) => !sources.some((source) => source.includes(name)))).toEqual([]);
  });

  it('names npm scripts and decisions that exist', () => {
    const { scripts } = JSON.parse(readDocument('package.json')) as { scripts: Record<string, string> };
    const commands = [...text.matchAll(/`npm (?:run )?([a-z:-]+)/g)].map((match) => match[1] ?? '');
    expect(commands.filter((command) => !(command in scripts))).toEqual([]);
    const numbers = [...text.matchAll(/ADR (\d{3})/g)].map((match) => match[1] ?? '');
    expect(numbers.filter((number) => !decisions.some((other) => other.startsWith(number)))).toEqual([]);
  });
});

it('every decision to which the code refers exists', () => {
  const references = [...sourceFiles('src', 'test', 'migrations'), ...sqlFiles('migrations')].flatMap(
    ({ path, text }) => [...text.matchAll(/ADR (\d{3})/g)].map((match) => ({ path, number: match[1] ?? '' })),
  );
  expect(references.length).toBeGreaterThan(30);
  expect(references.filter(({ number }) => !decisions.some((file) => file.startsWith(number)))).toEqual([]);
});
