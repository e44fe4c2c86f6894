import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** Makes the transformer of a compiler plugin for one program. */
export type PluginFactory = (program: ts.Program) => ts.TransformerFactory<ts.SourceFile>;

/** What one compilation did. */
export type Compilation =
  /** `errors` is what the compiler says; nothing was written. */
  | { readonly ok: false; readonly errors: string; readonly count: number }
  /** Paths below the output folder that were written or removed because their content is another one. */
  | { readonly ok: true; readonly changed: readonly string[] };

const ERRORS_SHOWN_MAX = 10;

/**
 * The compiler of `npm run dev`: it checks and writes what a change affects, and writes nothing while there is an
 * error anywhere, so that the output folder always holds the last good build.
 */
export class IncrementalCompiler {
  private builder: ts.EmitAndSemanticDiagnosticsBuilderProgram | undefined;
  private readonly parsed = new Map<string, ts.SourceFile | undefined>();
  private sources: ReadonlySet<string> = new Set();
  private readonly outDir: string;

  constructor(
    private readonly root: string,
    private readonly plugins: readonly PluginFactory[],
  ) {
    this.outDir = this.readConfig().options.outDir ?? join(root, 'dist');
  }

  /**
   * Compiles what has changed since the last call, everything at the first one.
   * @param changedFiles absolute paths; a file that is new or gone is one of them
   */
  compile(changedFiles: readonly string[]): Compilation {
    for (const file of changedFiles) this.parsed.delete(file);
    const { options, fileNames, errors } = this.readConfig();
    const host = this.makeHost(options);
    const builder = ts.createEmitAndSemanticDiagnosticsBuilderProgram(fileNames, options, host, this.builder, errors);
    this.builder = builder;
    const diagnostics = diagnosticsOf(builder);
    if (diagnostics.length > 0) return { ok: false, errors: this.format(diagnostics), count: diagnostics.length };
    const changed: string[] = [];
    builder.emit(undefined, (path, text) => this.write(path, text, changed), undefined, false, {
      before: this.plugins.map((plugin) => plugin(builder.getProgram())),
    });
    this.removeOrphans(fileNames, changed);
    return { ok: true, changed };
  }

  private readConfig(): ts.ParsedCommandLine {
    const path = join(this.root, 'tsconfig.json');
    const { config, error } = ts.readConfigFile(path, (file) => readFileSync(file, 'utf8')) as {
      config?: unknown;
      error?: ts.Diagnostic;
    };
    const parsed = ts.parseJsonConfigFileContent(config ?? {}, ts.sys, this.root);
    return { ...parsed, errors: error === undefined ? parsed.errors : [error, ...parsed.errors] };
  }

  /** Keeps every parsed file until it changes: reading the types of all packages anew takes longer than the check. */
  private makeHost(options: ts.CompilerOptions): ts.CompilerHost {
    const host = ts.createIncrementalCompilerHost(options);
    const read = host.getSourceFile.bind(host);
    host.getSourceFile = (path, ...rest) => {
      if (!this.parsed.has(path)) this.parsed.set(path, existsSync(path) ? read(path, ...rest) : undefined);
      return this.parsed.get(path);
    };
    return host;
  }

  private write(path: string, text: string, changed: string[]): void {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    changed.push(relative(this.outDir, path));
  }

  /** What was made of a deleted file would still be imported, and a migration of its would still run. */
  private removeOrphans(fileNames: readonly string[], changed: string[]): void {
    const now = new Set(fileNames);
    for (const gone of [...this.sources].filter((file) => !now.has(file))) {
      const output = relative(this.root, gone).replace(/\.ts$/, '.js');
      for (const path of [output, `${output}.map`]) rmSync(join(this.outDir, path), { force: true });
      changed.push(output);
    }
    this.sources = now;
  }

  private format(diagnostics: readonly ts.Diagnostic[]): string {
    const host: ts.FormatDiagnosticsHost = {
      getCanonicalFileName: (path) => path,
      getCurrentDirectory: () => this.root,
      getNewLine: () => '\n',
    };
    const shown = ts.formatDiagnostics(diagnostics.slice(0, ERRORS_SHOWN_MAX), host).trimEnd();
    const more = diagnostics.length - ERRORS_SHOWN_MAX;
    return more > 0 ? `${shown}\n(${more} more)` : shown;
  }
}

/** A syntax error makes the types around it nonsense: then only the syntax is reported. */
function diagnosticsOf(builder: ts.EmitAndSemanticDiagnosticsBuilderProgram): readonly ts.Diagnostic[] {
  const syntax = [...builder.getConfigFileParsingDiagnostics(), ...builder.getSyntacticDiagnostics()];
  if (syntax.length > 0) return syntax;
  return [...builder.getOptionsDiagnostics(), ...builder.getGlobalDiagnostics(), ...builder.getSemanticDiagnostics()];
}
