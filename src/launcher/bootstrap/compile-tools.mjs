import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './machine.mjs';

/**
 * Compiles what `test/tsconfig.tools.json` includes, and nothing that it imports: drills and bench run beside the
 * product's own build, so that what they measure is what ships. A process of its own, since the compiler is a package.
 */
const config = join(ROOT, 'test/tsconfig.tools.json');
const report = (diagnostics) => {
  if (diagnostics.length === 0) return;
  const format = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => ROOT, getNewLine: () => '\n' };
  process.stdout.write(ts.formatDiagnostics(diagnostics, format));
  process.exit(1);
};
const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(
  config,
  {},
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => report([diagnostic]) },
);
const program = ts.createProgram(fileNames, options);
const files = fileNames.map((name) => program.getSourceFile(name));
report([
  ...errors,
  ...program.getOptionsDiagnostics(),
  ...files.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
]);
for (const file of files) program.emit(file);
