import { sqlFiles, type SourceFile } from '../source-files.js';
import type { RecordedMigration } from './recorded-migrations.js';
import { statementsOf } from './tokens.js';

const PATH = /^migrations\/functions\/((catalog|account|payments|platform)\.[a-z_]+)\.sql$/;
/** What may follow the function: who owns it and who may call it. */
const ALLOWED = [
  /^ALTER FUNCTION .* OWNER TO \w+$/,
  /^(GRANT|REVOKE) \w+ ON FUNCTION /,
  /^(GRANT|REVOKE) CREATE ON SCHEMA /,
];

/** The functions of the database, each as what the runner executes. */
export function recordFunctions(): RecordedMigration[] {
  return sqlFiles('migrations').map(({ path, text }) => ({
    file: path.replace('migrations/', ''),
    sql: text,
    isTransactional: true,
  }));
}

/** Why a file is not one function that can be applied again and again. */
export function faultsOfFunctionFile({ path, text }: SourceFile): string[] {
  const [, name] = PATH.exec(path) ?? [];
  if (!name) return [`${path} is not named as a function of a context's schema`];
  const [first = '', ...others] = statementsOf(text).map(written);
  const foreign = others.filter((statement) => !ALLOWED.some((allowed) => allowed.test(statement)));
  const elsewhere = others.filter((statement) => / FUNCTION /.test(statement) && !statement.includes(` ${name}(`));
  return [
    ...(/^-- \S/.test(text) ? [] : ['has no head that says what it decides']),
    ...(first.startsWith(`CREATE OR REPLACE FUNCTION ${name}(`)
      ? []
      : [`does not begin with CREATE OR REPLACE: ${first}`]),
    ...foreign.map((statement) => `is more than the function, its owner and its grants: ${statement}`),
    ...elsewhere.map((statement) => `is about another function: ${statement}`),
  ];
}

function written(statement: readonly { text: string }[]): string {
  return statement
    .map(({ text }) => text)
    .join(' ')
    .replaceAll(/ ?([.(]) ?| (\))/g, '$1$2');
}
