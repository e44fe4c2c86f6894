import { count, textTable } from '../../src/cli/doctor/text-table.js';
import type { Count } from './double-charge-outcome.js';
import type { DoubleChargeRun } from './double-charge-run.js';

const COLUMNS = [
  'scenario',
  'defence',
  'intended',
  'requests',
  'answered paid',
  'answered no',
  'no answer',
  'charges',
  'per intent',
  'most',
  'charged twice',
  'paid, not charged',
  'left authorized',
  'disagreements',
];

/** One line for each scenario of each run; two runs come line under line, so that they compare. */
export function doubleChargeTable(runs: readonly DoubleChargeRun[]): string {
  const scenarios = runs[0]?.counts.map(({ scenario }) => scenario) ?? [];
  const rows = scenarios.flatMap((scenario) =>
    runs.flatMap(({ defended, counts }) =>
      counts.filter((one) => one.scenario === scenario).map((one) => row(one, defended)),
    ),
  );
  return textTable([COLUMNS, ...rows], [0, 1]);
}

function row(one: Count, defended: boolean): string[] {
  const {
    scenario,
    intents,
    sends,
    paid,
    refused,
    unanswered,
    effects,
    effectsMax,
    chargedTwice,
    paidButNotCharged,
    leftAuthorized,
    disagreements,
  } = one;
  const figures = [intents, sends, paid, refused, unanswered, effects].map(count);
  return [
    scenario,
    defended ? 'on' : 'off',
    ...figures,
    (effects / Math.max(1, intents)).toFixed(2),
    ...[effectsMax, chargedTwice, paidButNotCharged, leftAuthorized, disagreements].map(count),
  ];
}
