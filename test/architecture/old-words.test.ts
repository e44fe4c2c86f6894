import { oldWordsOf, wordsOf } from './old-words.js';

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
});
