import { sourceFiles, type SourceFile } from '../support/source-files.js';

const ENTITY = /^@Entity\((?:[^)]*)\)\n(?:@[\s\S]*?\n)??export class (\w+)/gm;
const QUERYING = /\/persistence\/(?!.*\.(?:entity|entities|spec)\.ts$)/;

const entitiesIn = (files: readonly SourceFile[]): string[] =>
  files.flatMap(({ text }) => [...text.matchAll(ENTITY)].map((match) => match[1] ?? ''));

/** Entities that no file of a `persistence/` folder uses; wiring and relations between entities do not count. */
function unqueriedEntities(files: readonly SourceFile[]): string[] {
  const statements = files
    .filter(({ path }) => QUERYING.test(path))
    .map(({ text }) => text.replace(/^import [\s\S]*?;\n/gm, ''));
  return entitiesIn(files).filter((entity) => !statements.some((text) => new RegExp(`\\b${entity}\\b`).test(text)));
}

const declared = (path: string, name: string): SourceFile => ({
  path,
  text:
    "@Entity({ schema: 'a', name: 'b' })\n@Index('b_due', ['dueAt'])\n@Check(\n  'b_known',\n  'c > 0',\n)\n" +
    `export class ${name} {}\n`,
});

describe('a table that has an entity (ADR 019)', () => {
  it('is queried through it', () => {
    const files = sourceFiles('src');
    const marks = files.flatMap(({ text }) => text.match(/^@Entity\(/gm) ?? []);
    expect(marks.length).toBeGreaterThan(5);
    expect(entitiesIn(files)).toHaveLength(marks.length);
    expect(unqueriedEntities(files)).toEqual([]);
  });

  it('is reported when only its module and another entity name it', () => {
    const plant = [
      declared('src/modules/planted/persistence/planted.entity.ts', 'PlantedEntity'),
      { path: 'src/modules/planted/persistence/other.entity.ts', text: 'class Other { planted: PlantedEntity; }' },
      { path: 'src/modules/planted/planted.module.ts', text: 'forFeature([PlantedEntity])' },
      {
        path: 'src/modules/planted/persistence/planted.ts',
        text: "import { PlantedEntity } from './planted.entity.js';\n",
      },
    ];
    expect(unqueriedEntities([...sourceFiles('src'), ...plant])).toEqual(['PlantedEntity']);
  });
});
