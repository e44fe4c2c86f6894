import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { readDockerfile } from '../support/dockerfile.js';
import { imageFiles } from '../support/image-files.js';
import { ROOT } from '../support/source-files.js';

const files = imageFiles().map(({ path }) => path);

/** The files of the image out of the build of this checkout, alone in a folder. */
describe('the files of the image', () => {
  let app: string;

  beforeAll(() => {
    app = mkdtempSync(join(tmpdir(), 'bulwark-image-'));
    for (const path of files) cpSync(join(ROOT, path), join(app, path));
    cpSync(join(ROOT, 'package.json'), join(app, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'));
  });

  afterAll(() => rmSync(app, { recursive: true, force: true }));

  it('come out of a build', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('import nothing but each other and production dependencies', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const isThere = (path: string, name: string): boolean =>
      name.startsWith('.')
        ? files.includes(join(dirname(path), name))
        : name.startsWith('node:') || builtinModules.includes(name) || packageOf(name) in dependencies;
    const missing = files
      .filter((path) => path.endsWith('.js'))
      .flatMap((path) => importsOf(readFileSync(join(app, path), 'utf8')).map((name) => ({ path, name })))
      .filter(({ path, name }) => !isThere(path, name));
    expect(missing).toEqual([]);
  });

  it('load where the Dockerfile tries them', () => {
    const tries = readDockerfile('docker/Dockerfile').last?.filter(({ text }) => text.includes('/app/dist/')) ?? [];
    expect(tries.map(({ name }) => name)).toEqual(['RUN']);
    for (const { text } of tries) execFileSync('sh', ['-ec', text.replaceAll('/app/', `${app}/`)]);
  });
});

/** The specifiers of static and dynamic imports in compiled code. */
function importsOf(code: string): string[] {
  return ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName);
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
