import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '../machine/repository.js';
import type { BuildReport } from './build-report.js';
import { IncrementalCompiler, type PluginFactory } from './incremental-compiler.js';
import { kindOfSource } from './source-kind.js';
import { SourceWatch, type SourceChange } from './source-watch.js';

/**
 * The build process of `npm run dev`: keeps the program in memory, compiles what a save affects into the output folder
 * and reports it over the channel to the supervisor. It is a process of its own because a check keeps a core busy for a
 * second, in which the supervisor has to hear signals.
 */
const root = repositoryRoot();
const FUNCTIONS = join('migrations', 'functions');

/** The stamp of `bootstrap/build.mjs`: plain JavaScript that stays in the source tree. */
interface BuildStamp {
  hashOfSources(): string;
  writeStamp(hash: string | null): void;
}

async function main(): Promise<void> {
  const stamp = (await import(
    pathToFileURL(join(root, 'src', 'launcher', 'bootstrap', 'build.mjs')).href
  )) as BuildStamp;
  const compiler = new IncrementalCompiler(root, await loadPlugins());
  const watch = new SourceWatch(
    root,
    (change) => tryBuild(compiler, stamp, change),
    (text) => send({ type: 'notice', text }),
  );
  process.on('disconnect', () => void watch.close().finally(() => process.exit(0)));
  // What is saved during the first check is reported after it; what was saved before, it reads.
  await watch.ready();
  tryBuild(compiler, stamp, { files: [], since: Date.now() });
  send({ type: 'watching' });
}

/** A file can go away while it is read; the change that removed it is built next. */
function tryBuild(compiler: IncrementalCompiler, stamp: BuildStamp, change: SourceChange): void {
  try {
    build(compiler, stamp, change);
  } catch (error) {
    send({ type: 'notice', text: `The change could not be built: ${(error as Error).message}. Save again.` });
  }
}

function build(compiler: IncrementalCompiler, stamp: BuildStamp, { files, since }: SourceChange): void {
  const sources = files.map((file) => relative(root, file));
  const stale = sources.filter((source) => kindOfSource(source) === 'read at start');
  if (stale.length > 0)
    send({ type: 'notice', text: `${stale.join(', ')} changed: stop "npm run dev" and start it again to take it.` });
  const hash = stamp.hashOfSources();
  // An output that is only half written must not pass for the build of these sources.
  stamp.writeStamp(null);
  const result = compiler.compile(files);
  if (!result.ok) {
    send({ type: 'failed', errors: result.errors, count: result.count });
    return;
  }
  const changed = [...result.changed, ...copyFunctions()];
  // The next command may trust the output only if nothing was saved while it was made.
  if (stamp.hashOfSources() === hash) stamp.writeStamp(hash);
  send({ type: 'built', changed, sources, since });
}

/** The plugins that `nest build` uses, with the same options: the OpenAPI document is made from what they add. */
async function loadPlugins(): Promise<PluginFactory[]> {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8')) as {
    compilerOptions: { plugins: { name: string; options: object }[] };
  };
  return Promise.all(
    compilerOptions.plugins.map(async ({ name, options }) => {
      const { before } = (await import(`${name}/plugin`)) as {
        before: (options: object, program: Parameters<PluginFactory>[0]) => ReturnType<PluginFactory>;
      };
      return (program: Parameters<PluginFactory>[0]) => before(options, program);
    }),
  );
}

/** SQL is no input of the compiler; `nest build` copies it as an asset. */
function copyFunctions(): string[] {
  const from = join(root, FUNCTIONS);
  const to = join(root, 'dist', FUNCTIONS);
  mkdirSync(to, { recursive: true });
  const names = readdirSync(from).filter((name) => name.endsWith('.sql'));
  const changed = names.filter((name) => contentOf(join(from, name)) !== contentOf(join(to, name)));
  for (const name of changed) copyFileSync(join(from, name), join(to, name));
  const gone = readdirSync(to).filter((name) => name.endsWith('.sql') && !names.includes(name));
  for (const name of gone) rmSync(join(to, name));
  return [...changed, ...gone].map((name) => join(FUNCTIONS, name));
}

function contentOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

function send(report: BuildReport): void {
  if (process.connected) process.send?.(report);
}

await main();
