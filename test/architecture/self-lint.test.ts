import { sourceFiles, sqlFiles } from '../support/source-files.js';
import { NAMES_CONTEXTS, contextWordsOf } from './context-words.js';
import { SELF_LINT_RULES } from './self-lint-rules.js';

const files = [...sourceFiles('src', 'migrations', 'test'), ...sqlFiles('migrations')];

describe('the rules of the house', () => {
  it('look at every file that there is', () => {
    expect(files.length).toBeGreaterThan(100);
    for (const place of [
      'src/main.ts',
      'src/modules/payments/index.ts',
      'migrations/1795824000000-platform-schemas-and-roles.ts',
      'migrations/functions/catalog.reserve_stock.sql',
    ]) {
      expect(files.map((file) => file.path)).toContain(place);
    }
  });

  it.each(SELF_LINT_RULES.map((rule) => [rule.name, rule] as const))('%s: the tree keeps it', (_name, rule) => {
    const found = files.flatMap((file) => rule.find(file).map((passage) => `${file.path}: ${passage}`));
    expect({ because: rule.because, found }).toEqual({ because: rule.because, found: [] });
  });

  it.each(SELF_LINT_RULES.map((rule) => [rule.name, rule] as const))(
    '%s: a planted violation makes it fire',
    (_name, rule) => {
      expect(rule.find(rule.planted)).not.toEqual([]);
      for (const other of rule.alsoPlanted ?? []) {
        const planted = typeof other === 'string' ? { ...rule.planted, text: other } : other;
        expect({ planted, found: rule.find(planted).length > 0 }).toEqual({ planted, found: true });
      }
    },
  );

  it.each(NAMES_CONTEXTS)('platform-names-no-context still needs its exception $path', ({ path }) => {
    const excepted = files.filter((file) => path.test(file.path));
    expect(excepted.flatMap(contextWordsOf)).not.toEqual([]);
  });
});
