import { writeFileSync } from 'node:fs';
import { reportFile } from '../load/built-files.js';
import { doubleChargePlot } from './double-charge-plot.js';
import { runDoubleCharge, type DoubleChargeRun } from './double-charge-run.js';
import { doubleChargeTable } from './double-charge-table.js';
import { brokenChargePromises } from './double-charge-evaluation.js';
import type { DrillOptions } from './stampede.js';

/** The double-charge drill: table, JSON and plot. @returns whether the defended run kept its promise */
export async function drillDoubleCharge({ defences, cleanUp, say }: DrillOptions): Promise<boolean> {
  const runs: DoubleChargeRun[] = [];
  for (const defended of defences) runs.push(await runDoubleCharge({ defended, cleanUp, say }));
  const broken = runs.flatMap(brokenChargePromises);
  const [json, plot] = [reportFile('drill-double-charge.json'), reportFile('drill-double-charge.svg')];
  writeFileSync(json, `${JSON.stringify({ runs, broken }, null, 1)}\n`);
  writeFileSync(plot, doubleChargePlot(runs));
  say(`\n${doubleChargeTable(runs)}\n\n${conclusion(runs, broken)}\nReports: ${json} and ${plot}`);
  return broken.length === 0;
}

function conclusion(runs: readonly DoubleChargeRun[], broken: readonly string[]): string {
  if (broken.length > 0) return `The promise broke.\n${broken.map((sentence) => `  ${sentence}`).join('\n')}`;
  if (!runs.some(({ defended }) => defended)) return 'This is the outage that the defence prevents.';
  return (
    'The promise held: one charge for each customer who was answered that they paid, ' +
    'none for those who were refused, and a ledger that agrees with the provider.'
  );
}
