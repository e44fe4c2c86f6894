import ts from 'typescript';
import type { SourceFile } from '../support/source-files.js';

/** Functions, methods, accessors, constructors and arrow functions with more lines than the limit, nested ones too. */
export function longFunctions({ path, text }: SourceFile, linesMax: number): string[] {
  if (text.split('\n').length <= linesMax) return [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const lines = source.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
      if (lines > linesMax) found.push(`${nameOf(node, source)} in line ${first + 1} has ${lines} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function nameOf(node: ts.SignatureDeclaration, source: ts.SourceFile): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
  return named?.getText(source) ?? 'a function without a name';
}
