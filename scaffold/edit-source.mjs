import ts from 'typescript';

/** Adds `import { name } from 'specifier'` in the order of the specifiers; a type as `import type`. */
export function addImport(text, name, specifier, { isType = false } = {}) {
  const source = parse(text);
  const imports = source.statements.filter(ts.isImportDeclaration);
  const known = imports.find(({ moduleSpecifier }) => moduleSpecifier.text === specifier);
  const names = known?.importClause?.namedBindings?.elements ?? [];
  if (names.some((element) => element.name.text === name)) return text;
  const line = `import ${isType ? 'type ' : ''}{ ${name} } from '${specifier}';\n`;
  const next = imports.find(({ moduleSpecifier }) => isAfter(moduleSpecifier.text, specifier));
  const at = next?.getStart() ?? (imports.length > 0 ? imports.at(-1).getEnd() + 1 : 0);
  return `${text.slice(0, at)}${line}${imports.length === 0 ? '\n' : ''}${text.slice(at)}`;
}

/** Packages come before files of elsewhere, and those before files of the own folder. */
function isAfter(specifier, added) {
  const rank = (one) => (one.startsWith('./') ? 2 : one.startsWith('.') ? 1 : 0);
  return rank(specifier) - rank(added) > 0 || (rank(specifier) === rank(added) && specifier > added);
}

/**
 * Adds a class to a list of the `@Module` decorator.
 * @param list `providers` or `controllers`
 * @throws Error when the module has no such list: then its file is not written as ours are
 */
export function addToModule(text, list, name) {
  const property = findProperty(parse(text), list);
  if (!property) throw new Error(`There is no list "${list}" in a @Module decorator.`);
  const { elements } = property.initializer;
  const last = elements.at(-1);
  if (!last) return `${text.slice(0, property.initializer.getStart())}[${name}]${text.slice(property.getEnd())}`;
  return `${text.slice(0, last.getEnd())}, ${name}${text.slice(last.getEnd())}`;
}

/**
 * Adds a table to what a context declares about the life of its rows (ADR 034).
 * @throws Error when the file declares no table yet
 */
export function declareRetention(text, table, retention) {
  const tables = findTables(parse(text));
  if (!tables) throw new Error('It declares no table, as ours do.');
  const last = tables.properties.at(-1);
  return `${text.slice(0, last.getEnd())}, ${table}: ${retention}${text.slice(last.getEnd())}`;
}

const RULES = new Set(['keptForGood', 'endsOtherwise', 'deletes']);

/** The object whose members are the rules of tables. */
function findTables(node) {
  const rulesOf = (one) =>
    one.initializer && ts.isObjectLiteralExpression(one.initializer) ? one.initializer.properties : [];
  if (
    ts.isObjectLiteralExpression(node) &&
    node.properties.some((one) => rulesOf(one).some(({ name }) => RULES.has(name?.getText())))
  )
    return node;
  return ts.forEachChild(node, findTables);
}

function findProperty(source, list) {
  const classes = source.statements.filter(ts.isClassDeclaration);
  const decorators = classes.flatMap((one) => ts.getDecorators(one) ?? []);
  const [options] = decorators.find(({ expression }) => expression.expression?.getText() === 'Module')?.expression
    .arguments ?? [undefined];
  return options?.properties.find(
    (one) => one.name?.getText() === list && ts.isArrayLiteralExpression(one.initializer),
  );
}

function parse(text) {
  return ts.createSourceFile('edited.ts', text, ts.ScriptTarget.Latest, true);
}
