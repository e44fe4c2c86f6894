import { posix } from 'node:path';
import ts from 'typescript';
import type { SourceFile } from '../support/source-files.js';

const CONSUMER = /^src\/modules\/([^/]+)\/consumers\//;
const FOREIGN_INDEX = /^src\/modules\/([^/]+)\/index\.(js|ts)$/;

/**
 * What a context's consumers take from another context beyond its events: a consumer listens to facts, it calls
 * nothing. An event is what the other index.ts exports from its `*.events.ts`: names of events and types of payloads.
 * @param indexOf the text of a context's index.ts
 */
export function importsBeyondEvents(file: SourceFile, indexOf: (context: string) => string): string[] {
  const own = CONSUMER.exec(file.path)?.[1];
  if (own === undefined || file.path.endsWith('.spec.ts')) return [];
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const context = contextOf(node, file.path);
    if (context !== undefined && context !== own) {
      const events = eventsOf(indexOf(context));
      found.push(...takenNames(node.parent).filter((name) => !events.has(name)));
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return found;
}

/** The context whose index a text in the code leads to; any text: imports have too many forms to name each. */
function contextOf(node: ts.Node, path: string): string | undefined {
  if (!ts.isStringLiteralLike(node) || !node.text.startsWith('.')) return undefined;
  return FOREIGN_INDEX.exec(posix.join(posix.dirname(path), node.text))?.[1];
}

/** Names in an import of single names; every other form takes the whole index. */
function takenNames(node: ts.Node): string[] {
  if (!ts.isImportDeclaration(node)) return [`everything, by ${node.getText()}`];
  const { importClause } = node;
  const bindings = importClause?.namedBindings;
  if (!bindings || !ts.isNamedImports(bindings) || importClause.name) return [`everything, by ${node.getText()}`];
  return bindings.elements.map(({ propertyName, name }) => (propertyName ?? name).text);
}

function eventsOf(index: string): Set<string> {
  const exported = parse({ path: 'index.ts', text: index }).statements.filter(
    (statement) =>
      ts.isExportDeclaration(statement) &&
      statement.moduleSpecifier !== undefined &&
      ts.isStringLiteral(statement.moduleSpecifier) &&
      statement.moduleSpecifier.text.endsWith('.events.js'),
  ) as ts.ExportDeclaration[];
  return new Set(
    exported.flatMap(({ exportClause }) =>
      exportClause && ts.isNamedExports(exportClause) ? exportClause.elements.map(({ name }) => name.text) : [],
    ),
  );
}

function parse({ path, text }: SourceFile): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}
