import { textTable } from './text-table.js';
import { isHealthy, type Finding, type FindingStatus } from './finding.js';

const LABELS: Readonly<Record<FindingStatus, string>> = {
  good: 'good',
  watch: 'watch',
  critical: 'CRITICAL',
  unknown: 'UNKNOWN',
};

/** A table of the five answers, then what each was made from and what to do. */
export function formatFindings(findings: readonly Finding[]): string {
  const table = textTable(
    [
      ['', 'question', 'status', 'figure'],
      ...findings.map(({ question, figure, status }, index) => [String(index + 1), question, LABELS[status], figure]),
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
  if (isHealthy(findings)) return 'Nothing is critical.';
  const numbers = findings.flatMap(({ status }, index) =>
    status === 'critical' || status === 'unknown' ? [index + 1] : [],
  );
  return `Repair ${numbers.join(', ')} before traffic rises.`;
}
