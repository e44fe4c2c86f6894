import type { Variable } from './variable-types.js';
import { VARIABLE_SECTIONS } from './variables.mjs';

/** The page `docker/variables.md`: every variable with its meaning, its default and what it takes. */
export function describeVariables(): string {
  const sections = Object.entries(VARIABLE_SECTIONS).map(([title, variables]) => describeSection(title, variables));
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Variables

Every variable that the application and \`npm run up\` read. A required one that is missing, or a wrong one, ends the
start with its name, its value and what it takes; several are all named at once. An empty value counts as none. A
secret may come from a file: \`NAME_FILE\` names it.
\`npm run up\` sets the required ones itself; one that you set wins, and an address of a service replaces the embedded
one.

Generated from \`src/platform/config/variables.mjs\` by \`npm run docs:variables\`; a test compares. The containers that
stand beside the application in compose have variables of their own: [.env.example](.env.example).`;

function describeSection(title: string, variables: Readonly<Record<string, Variable>>): string {
  const rows = Object.entries(variables).map(([name, variable]) => {
    const cells = [`\`${name}\``, meaningOf(variable), defaultOf(variable), variable.kind.wants];
    return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  });
  return [`## ${title}`, '| variable | meaning | default | takes |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function meaningOf({ meaning, developmentOnly }: Variable): string {
  return developmentOnly === undefined ? meaning : `${meaning} Refused in production: ${developmentOnly}.`;
}

function defaultOf(variable: Variable): string {
  if (variable.presence === 'required') return '**required**';
  if (variable.presence === 'derived') return variable.otherwise;
  return Array.isArray(variable.default) ? variable.default.join(',') || 'none' : `\`${String(variable.default)}\``;
}
