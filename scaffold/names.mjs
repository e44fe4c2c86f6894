import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strings } from '@angular-devkit/core';
import ts from 'typescript';

/** What was asked for cannot be written; the message is all that the reader needs. */
export class ScaffoldRefusedError extends Error {}

const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Longer ones would not fit into a line, an index or the name of a queue. */
const NAME_LENGTH_MAX = 40;

/** The contexts that there are. */
export function contextsOf(root) {
  return readdirSync(join(root, 'src/modules'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** @throws ScaffoldRefusedError when there is no such context, or the name is none that files and classes can have */
export function checkNames(root, context, name, { wordsMin }) {
  const contexts = contextsOf(root);
  if (!contexts.includes(context))
    throw new ScaffoldRefusedError(`There is no context ${JSON.stringify(context)}; there are ${contexts.join(', ')}.`);
  if (!KEBAB_CASE.test(name))
    throw new ScaffoldRefusedError(
      `The name ${JSON.stringify(name)} is not in kebab-case: lower case, digits and single hyphens, as in close-account.`,
    );
  if (name.length > NAME_LENGTH_MAX)
    throw new ScaffoldRefusedError(`The name ${name} is longer than ${NAME_LENGTH_MAX} characters.`);
  if (name.split('-').length < wordsMin)
    throw new ScaffoldRefusedError(`The name ${name} is one word; say what is done to what, as in close-account.`);
}

/** The forms in which a name stands in files, code and sentences. */
export function formsOf(context, name) {
  const words = name.replaceAll('-', ' ');
  return {
    context,
    Context: strings.classify(context),
    name,
    Name: strings.classify(name),
    camel: strings.camelize(name),
    UPPER: name.replaceAll('-', '_').toUpperCase(),
    words,
    Sentence: strings.capitalize(words),
    table: name.replaceAll('-', '_'),
  };
}

/**
 * Refuses what would compile to something else, or not at all: names that other files of the context or the API
 * document use already, and names that a file imports and declares.
 * @param files what is going to be written, each with path and text
 */
export function refuseTakenNames(root, files) {
  const written = new Set(files.map(({ path }) => path));
  const taken = new Map();
  for (const { path, text } of sourcesOf(root, 'src/modules'))
    if (!written.has(path))
      for (const name of [...declarationsOf(path, text), ...operationsOf(path, text), ...routesOf(path, text)])
        taken.set(name, path);
  for (const { path, text } of files) {
    if (!path.endsWith('.ts')) continue;
    const declared = declarationsOf(path, text);
    const imported = new Set(importsOf(path, text));
    const twice = declared.find((name) => imported.has(name));
    if (twice) throw new ScaffoldRefusedError(`The name ${twice} is one that ${path} has to import; choose another.`);
    if (!path.startsWith('src/modules/')) continue;
    for (const name of [...declared, ...operationsOf(path, text), ...routesOf(path, text)])
      if (taken.has(name)) throw new ScaffoldRefusedError(`There is ${name} already, in ${taken.get(name)}.`);
  }
}

function sourcesOf(root, folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((path) => ({ path: path.slice(root.length + 1), text: readFileSync(path, 'utf8') }));
}

/** What a file exports and other files may import: classes, events and functions. */
function declarationsOf(path, text) {
  if (path.endsWith('.spec.ts') || path.endsWith('.test.ts')) return [];
  return parse(path, text).statements.flatMap((statement) => {
    if (!statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => name.getText());
    return statement.name ? [statement.name.getText()] : [];
  });
}

function importsOf(path, text) {
  return parse(path, text)
    .statements.filter(ts.isImportDeclaration)
    .flatMap(({ importClause }) => importClause?.namedBindings?.elements?.map(({ name }) => name.text) ?? []);
}

/** Methods of controllers are the names of operations in the API document. */
function operationsOf(path, text) {
  if (!path.endsWith('.controller.ts')) return [];
  return parse(path, text)
    .statements.filter(ts.isClassDeclaration)
    .flatMap(({ members }) => members.filter(ts.isMethodDeclaration).map(({ name }) => `the operation ${name.text}`));
}

/** Each route as `the route POST /v1/items/:`. */
function routesOf(path, text) {
  if (!path.endsWith('.controller.ts')) return [];
  const base = /@Controller\('([^']*)'\)/.exec(text)?.[1] ?? '';
  return [...text.matchAll(/@(Get|Post|Put|Patch|Delete)\((?:'([^']*)')?\)/g)].map(
    ([, method, rest = '']) =>
      `the route ${method.toUpperCase()} /${[base, rest].filter(Boolean).join('/').replaceAll(/:\w+/g, ':id')}`,
  );
}

function parse(path, text) {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}
