import { textTable } from '../load/text-table.js';
import { isHealthy, type Finding, type Verdict } from './finding.js';

const WORDS: Readonly<Record<Verdict, string>> = {
  good: 'good',
  watch: 'watch',
  gun: 'LOADED GUN',
  unknown: 'UNKNOWN',
};

/** A table of the five answers, then what each was made from and what to do. */
export function tellFindings(findings: readonly Finding[]): string {
  const table = textTable(
    [
      ['', 'question', 'verdict', 'figure'],
      ...findings.map(({ question, figure, verdict }, index) => [String(index + 1), question, WORDS[verdict], figure]),
    ],
    [0, 1, 2, 3],
  );
  const details = findings.map(({ evidence, repair }, index) =>
    [
      `${index + 1}. ${evidence[0] ?? ''}`,
      ...evidence.slice(1).map((line) => `     ${line}`),
      ...(repair ? [`   -> ${repair}`] : []),
    ].join('\n'),
  );
  return [table, '', ...details, '', conclusion(findings)].join('\n');
}

function conclusion(findings: readonly Finding[]): string {
  if (isHealthy(findings)) return 'No gun is loaded.';
  const numbers = findings.flatMap(({ verdict }, index) =>
    verdict === 'gun' || verdict === 'unknown' ? [index + 1] : [],
  );
  return `Look at ${numbers.join(', ')} before the traffic does.`;
}
