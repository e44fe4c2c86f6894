/** A piece of SQL text; pieces follow each other without a gap. */
export interface SqlToken {
  kind: 'word' | 'quoted' | 'string' | 'dollar' | 'parameter' | 'number' | 'space' | 'comment' | 'mark';
  text: string;
}

const PATTERNS: readonly [SqlToken['kind'], RegExp][] = [
  ['space', /\s+/y],
  ['comment', /--[^\n]*/y],
  // A text without its end runs to the end of the input: nothing after an open quote is SQL.
  ['string', /[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|\\?$)/y],
  ['string', /'(?:[^']|'')*(?:'|$)/y],
  ['quoted', /"(?:[^"]|"")*(?:"|$)/y],
  ['dollar', /\$([A-Za-z_][A-Za-z_0-9]*)?\$[\s\S]*?(?:\$\1\$|$(?![\s\S]))/y],
  ['parameter', /\$\d+/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['number', /\d[\w.]*/y],
  ['mark', /::|[\s\S]/y],
];

/** Cuts SQL into its pieces, so that what stands in a text or a comment is not taken for a statement. */
export function tokensOf(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let at = 0; at < sql.length;) {
    const token = tokenAt(sql, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

/** The statements of a script, each without spaces, comments and its semicolon; empty ones left out. */
export function statementsOf(sql: string): SqlToken[][] {
  const statements: SqlToken[][] = [[]];
  for (const token of tokensOf(sql)) {
    if (token.kind === 'space' || token.kind === 'comment') continue;
    if (token.text === ';') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.filter((statement) => statement.length > 0);
}

function tokenAt(sql: string, at: number): SqlToken {
  if (sql.startsWith('/*', at)) return { kind: 'comment', text: blockComment(sql, at) };
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(sql);
    if (match) return { kind, text: match[0] };
  }
  throw new Error('The last pattern takes any character.');
}

/** PostgreSQL's block comments nest. */
function blockComment(sql: string, at: number): string {
  let depth = 0;
  let end = at;
  do {
    if (sql.startsWith('/*', end)) depth++;
    else if (sql.startsWith('*/', end)) depth--;
    else {
      end++;
      continue;
    }
    end += 2;
  } while (depth > 0 && end < sql.length);
  return sql.slice(at, end);
}
