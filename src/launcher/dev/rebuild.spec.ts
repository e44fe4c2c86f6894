import { namesOf, planRebuild } from './rebuild.js';
import { kindOfSource } from './source-kind.js';

describe('what a build asks for', () => {
  it.each([
    [
      'code of the application',
      ['src/modules/catalog/read-item.js'],
      { restart: true, migrate: false, launcher: false },
    ],
    ['a migration', ['migrations/1-catalog-x.js'], { restart: false, migrate: true, launcher: false }],
    ['a function', ['migrations/functions/catalog.x.sql'], { restart: false, migrate: true, launcher: false }],
    ['a command', ['src/cli/doctor.js'], { restart: false, migrate: false, launcher: false }],
    ['the launcher', ['src/launcher/up.js'], { restart: false, migrate: false, launcher: true }],
    ['a map alone', ['src/main.js.map'], { restart: false, migrate: false, launcher: false }],
    ['nothing', [], { restart: false, migrate: false, launcher: false }],
  ])('for %s', (_case, changed, expected) => {
    expect(planRebuild(changed)).toEqual(expected);
  });

  it('names a file once, and many by their number', () => {
    expect(namesOf(['src/a.ts', 'src/a.ts'])).toBe('a.ts');
    expect(namesOf(['src/a.ts', 'src/b.ts'])).toBe('a.ts, b.ts');
    expect(namesOf(['src/a.ts', 'src/b.ts', 'src/c.ts', 'src/d.ts'])).toBe('a.ts, b.ts and 2 more');
  });
});

describe('what is made of a file', () => {
  it.each([
    ['src/main.ts', 'compiled'],
    ['migrations/1-catalog-x.ts', 'compiled'],
    ['migrations/functions/catalog.x.sql', 'function'],
    ['package.json', 'read at start'],
    ['src/main.spec.ts', null],
    ['src/.main.ts.swp', null],
    ['src/.#main.ts', null],
    ['src/main.ts~', null],
    ['README.md', null],
  ])('%s: %s', (path, kind) => {
    expect(kindOfSource(path)).toBe(kind);
  });
});
