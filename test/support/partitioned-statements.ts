import { oneLine } from './plan-watch.js';
import { sourceFiles } from './source-files.js';

const NAMES_PARTITIONED = /\bpayments\.(payments|payment_lines|refunds)\b/;

/** Every statement of the source that names a table partitioned by account, on one line. */
export function partitionedStatements(): string[] {
  return sourceFiles('src/modules', 'src/platform')
    .filter(({ path }) => !path.endsWith('.spec.ts'))
    .flatMap(({ text }) => statementsIn(text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')));
}

/** Statements of functions, one for each `;` of a body that names such a table. */
export function partitionedStatementsOf(body: string): string[] {
  const code = body.replaceAll(/--.*$/gm, '').replaceAll(/\bINTO v_\w+/g, '');
  return code
    .split(/;|\bTHEN\b|\bBEGIN\b/)
    .map(oneLine)
    .filter((statement) => NAMES_PARTITIONED.test(statement))
    .map((statement) => statement.replace(/^(RETURN QUERY|PERFORM) /, ''));
}

function statementsIn(source: string): string[] {
  const fragments = new Map(
    [...source.matchAll(/const ([A-Z_]+) = (`[^`]*`|'[^'\n]*')/g)].map((match) => [
      match[1] ?? '',
      (match[2] ?? '').slice(1, -1),
    ]),
  );
  const literals = [...source.matchAll(/(const [A-Z_]+ = )?(`[^`]*`|'[^'\n]*'|"[^"\n]*")/g)]
    .filter((match) => match[1] === undefined)
    .map((match) => (match[2] ?? '').slice(1, -1));
  return literals
    .map((literal) =>
      oneLine(literal.replaceAll(/\$\{([A-Z_]+)\}/g, (whole, name: string) => fragments.get(name) ?? whole)),
    )
    .filter((statement) => NAMES_PARTITIONED.test(statement));
}
