import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { readDockerIgnore } from './docker-ignore.js';
import { readDockerfile } from './dockerfile.js';
import { ROOT } from './source-files.js';

/** A file that the image takes from its build, and the source that it comes from. */
export interface ImageFile {
  readonly path: string;
  readonly source: string;
}

/**
 * What the Dockerfile's build stage leaves in `dist`, worked out without a container engine: the sources that
 * `.dockerignore` lets in and the stage copies, by the compiler's own reading of tsconfig.json, and the assets of
 * nest-cli.json.
 */
export function imageFiles(): ImageFile[] {
  const isSentToBuild = readDockerIgnore();
  const places = copiedPlaces();
  const sources = filesOf(places).filter(isSentToBuild);
  return [...compiled(sources), ...assets(sources)];
}

/** The folders that the build stage copies as they are, such as `src`. */
function copiedPlaces(): string[] {
  const copies = readDockerfile('docker/Dockerfile').build?.filter(({ name }) => name === 'COPY') ?? [];
  return copies.map(({ text }) => /^(\w+) \.\/\1$/.exec(text)?.[1]).filter((place) => place !== undefined);
}

function filesOf(places: readonly string[]): string[] {
  return places.flatMap((place) =>
    readdirSync(join(ROOT, place), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
  );
}

/** Source maps are deleted by the stage. */
function compiled(sources: readonly string[]): ImageFile[] {
  const config = join(ROOT, 'tsconfig.json');
  const { config: json } = ts.readConfigFile(config, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(json, ts.sys, ROOT, undefined, config);
  const included = new Set(parsed.fileNames.map((name) => relative(ROOT, name)));
  return sources
    .filter((source) => included.has(source))
    .flatMap((source) =>
      ts
        .getOutputFileNames(parsed, join(ROOT, source), false)
        .filter((output) => !output.endsWith('.map'))
        .map((output) => ({ path: relative(ROOT, output), source })),
    );
}

function assets(sources: readonly string[]): ImageFile[] {
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'nest-cli.json'), 'utf8')) as {
    compilerOptions: { assets: { include: string; outDir: string }[] };
  };
  return compilerOptions.assets.flatMap(({ include, outDir }) => {
    // Relative to src, as nest reads it.
    const [folder = '', ending = ''] = join('src', include).split('*');
    return sources
      .filter((source) => source.startsWith(folder) && source.endsWith(ending))
      .map((source) => ({ path: join(outDir, source), source }));
  });
}
