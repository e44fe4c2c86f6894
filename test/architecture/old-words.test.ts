import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../support/source-files.js';
import { ALLOWED_USES, oldWordsOf, wordsOf } from './old-words.js';

/** The list itself names them all. */
const LISTS = /^test\/architecture\/(old-words)/;
const READ = /\.(ts|mjs|js|sql|md|conf|template|ya?ml|sh)$|Dockerfile$|\.env/;

const files = [
  'src',
  'migrations',
  'test',
  'adr',
  'docker',
  'scaffold',
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  '.dependency-cruiser.mjs',
]
  .flatMap((place) => (place.includes('.m') ? [join(ROOT, place)] : filesBelow(join(ROOT, place))))
  .filter((path) => READ.test(path))
  .map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }))
  .filter(({ path }) => !LISTS.test(path));

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const found = (text: string, path = 'src/main.ts') => oldWordsOf({ path, text }).map(({ word }) => word.becomes);

describe('old words', () => {
  it('are found as parts of camelCase, PascalCase, snake_case and kebab-case', () => {
    expect(wordsOf('settleURLNow(SETTLED_AT, told-as)')).toBe(' settle  url  now  settled  at  told  as ');
  });

  it.each([
    ['in a comment', '// Nobody is told.', 2],
    ['in an identifier', 'const lastVerdict = judgeRoutes();', 2],
    ['in a column', "query('SELECT settled_at FROM x')", 1],
    ['as words in a row', "'in doubt', faultPoints, /* loaded gun */", 3],
    ['in the plural and in the past', 'lanes, judged, shelves', 3],
  ])('are found %s', (_where, text, count) => {
    expect(found(text)).toHaveLength(count);
  });

  it('are found in the name of a file', () => {
    expect(found('', 'src/cli/doctor/judge-routes.ts')).toHaveLength(1);
  });

  it('are not found where a use is allowed', () => {
    expect(found('await Promise.allSettled(calls)')).toEqual([]);
    expect(found('const settled = await Promise.allSettled(calls)')).toHaveLength(1);
  });

  it('are not found inside other words', () => {
    expect(found('plane, newsletter, foretold, heartbeat, beaten, handbooks')).toEqual([]);
  });

  it('are used nowhere in the whole tree: not in sources, migrations, tests or documents', () => {
    const uses = files.flatMap((file) =>
      oldWordsOf(file).map(({ word, line, text }) => `${file.path}:${line}: "${text}"; write: ${word.becomes}`),
    );
    expect(uses).toEqual([]);
  });

  it.each(ALLOWED_USES)('are allowed where they still stand: $passage, $because', ({ path, passage }) => {
    expect(files.some((file) => path.test(file.path) && file.text.search(passage) >= 0)).toBe(true);
  });
});
