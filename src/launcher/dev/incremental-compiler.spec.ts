import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { IncrementalCompiler } from './incremental-compiler.js';

const CONFIG = {
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2023'],
    types: [],
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    rootDir: '.',
    outDir: 'dist',
    strict: true,
    skipLibCheck: true,
  },
  include: ['src/**/*.ts'],
};

describe('the compiler of npm run dev', () => {
  let root: string;
  let compiler: IncrementalCompiler;

  const save = (name: string, text: string): string => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const output = (name: string) => readFileSync(join(root, 'dist', name), 'utf8');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'bulwark-compiler-'));
    save('tsconfig.json', JSON.stringify(CONFIG));
    save('package.json', '{"type":"module"}');
    save('src/a.ts', "import { B } from './b.js';\nexport const A: number = B;\n");
    save('src/b.ts', 'export const B = 1;\n');
    compiler = new IncrementalCompiler(root, []);
    compiler.compile([]);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('writes what a change affects, and nothing that stays as it is', () => {
    expect(compiler.compile([])).toEqual({ ok: true, changed: [] });
    expect(compiler.compile([save('src/b.ts', 'export const B = 2;\n')])).toEqual({ ok: true, changed: ['src/b.js'] });
    expect(output('src/b.js')).toContain('B = 2');
  });

  it('writes nothing while there is an error in a file that uses the changed one', () => {
    const result = compiler.compile([save('src/b.ts', "export const B = 'text';\n")]);
    expect(result).toMatchObject({
      ok: false,
      count: 1,
      errors: expect.stringMatching(/^src\/a\.ts\(2,14\): error TS2322/),
    });
    expect(output('src/b.js')).toContain('B = 1');
    const repaired = compiler.compile([save('src/a.ts', "import { B } from './b.js';\nexport const A: string = B;\n")]);
    expect(repaired).toMatchObject({ ok: true, changed: expect.arrayContaining(['src/b.js']) });
  });

  it('reports the syntax alone where it is broken', () => {
    const result = compiler.compile([save('src/b.ts', 'export const B = {;\n')]);
    expect(result).toMatchObject({ ok: false, errors: expect.not.stringContaining('src/a.ts') });
  });

  it('takes a new file, and removes what was made of a deleted one', () => {
    const made = save('src/c.ts', 'export const C = 3;\n');
    expect(compiler.compile([made])).toEqual({ ok: true, changed: ['src/c.js'] });
    rmSync(made);
    expect(compiler.compile([made])).toEqual({ ok: true, changed: ['src/c.js'] });
    expect(existsSync(join(root, 'dist/src/c.js'))).toBe(false);
  });

  it('reports a deleted file that is still imported, and keeps its output', () => {
    const path = join(root, 'src/b.ts');
    rmSync(path);
    expect(compiler.compile([path])).toMatchObject({ ok: false, errors: expect.stringContaining("'./b.js'") });
    expect(existsSync(join(root, 'dist/src/b.js'))).toBe(true);
    expect(compiler.compile([save('src/b.ts', 'export const B = 1;\n')])).toEqual({ ok: true, changed: [] });
  });

  it('repairs an output that is not the one of its source', () => {
    writeFileSync(join(root, 'dist/src/a.js'), 'stale');
    expect(new IncrementalCompiler(root, []).compile([])).toEqual({ ok: true, changed: ['src/a.js'] });
  });
});
