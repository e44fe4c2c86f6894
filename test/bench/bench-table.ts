import { count, textTable } from '../../src/cli/doctor/text-table.js';
import { TARGETS, evaluateTarget, type BenchRow, type Target } from './targets.js';

/** The rows with their target, first floor and result. */
export function benchTable(rows: readonly BenchRow[]): string {
  return textTable([['', 'measure', 'value', 'target', 'first floor', 'result'], ...rows.map(line)], [0, 1, 5]);
}

function line({ name, value }: BenchRow): string[] {
  const { measure, target, floor, unit, more } = TARGETS[name];
  const sign = more ? '>=' : '<=';
  return [
    name,
    measure,
    shown(value, unit),
    `${sign} ${shown(target, unit)}`,
    `${sign} ${shown(floor, unit)}`,
    evaluateTarget(name, value),
  ];
}

function shown(value: number, unit: Target['unit']): string {
  if (unit === 'ratio') return value.toFixed(2);
  if (unit === 'share') return `${(value * 100).toFixed(2)} %`;
  if (unit === 'per second') return `${count(value)}/s`;
  if (unit === 'seconds') return `${value.toFixed(1)} s`;
  if (unit === 'ms') return `${value.toFixed(2)} ms`;
  if (unit === 'MiB') return `${count(value)} MiB`;
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
