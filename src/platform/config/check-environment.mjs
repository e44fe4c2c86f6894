// @ts-check
import { readFileSync } from 'node:fs';
import { shownText } from './variable-kinds.mjs';
import { VARIABLES } from './variables.mjs';
/** @import { Variable } from './variable-types.js' */

/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

const SECRET_BYTES_MAX = 64 * 1024;

/**
 * Reads the files that stand for secrets: of a secret variable NAME, `NAME_FILE` may say where its value is.
 * @param {Environment} environment
 * @returns {{ environment: Record<string, string>, problems: string[] }} the environment with the values in their place
 *   and without what is empty
 */
export function readSecretFiles(environment) {
  /** @type {Record<string, string>} */
  const resolved = {};
  for (const [name, value] of Object.entries(environment)) if (value) resolved[name] = value;
  const problems = [];
  for (const [name, { kind }] of entries()) {
    const file = `${name}_FILE`;
    const path = resolved[file];
    if (!kind.secret || path === undefined) continue;
    delete resolved[file];
    const read = readSecret(path);
    if (resolved[name] !== undefined) problems.push(`${name} and ${file} are both set; one of them has to be unset.`);
    else if ('problem' in read)
      problems.push(`${file} got ${JSON.stringify(path)}; it wants a file with the secret: ${read.problem}.`);
    else resolved[name] = read.text;
  }
  return { environment: resolved, problems };
}

/**
 * What is wrong with the variables that are set; whether one is missing depends on what runs.
 * @param {Environment} environment
 * @returns {string[]} for each its name, what it got and what it wants
 */
export function wrongVariablesOf(environment) {
  const { environment: resolved, problems } = readSecretFiles(environment);
  for (const [name, variable] of entries()) {
    const text = resolved[name];
    if (text === undefined) continue;
    const problem = problemOf(name, text, variable);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {Variable} variable
 * @returns {string | undefined} undefined for a text that the variable takes
 */
export function problemOf(name, text, { kind }) {
  if (kind.parse(text) !== undefined) return undefined;
  return `${name} got ${shownText(kind, text)}; it wants ${kind.wants}.`;
}

/** @returns {[string, Variable][]} */
function entries() {
  return Object.entries(VARIABLES);
}

/**
 * @param {string} path
 * @returns {{ text: string } | { problem: string }}
 */
function readSecret(path) {
  try {
    // Editors and orchestrators end a file with a line break that is no part of the secret.
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (text === '') return { problem: 'it is empty' };
    return text.length > SECRET_BYTES_MAX ? { problem: 'it is longer than a secret' } : { text };
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    const meanings = { ENOENT: 'it does not exist', EACCES: 'this user may not read it', EISDIR: 'it is a folder' };
    return { problem: meanings[/** @type {keyof typeof meanings} */ (code)] ?? `it cannot be read (${code})` };
  }
}
