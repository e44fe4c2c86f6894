import { writeFileSync } from 'node:fs';
import { reportFile } from '../load/built-files.js';
import type { CleanUp } from '../load/clean-up.js';
import { clientsWithin, ownLimits } from '../load/open-file-limit.js';
import { temporaryFolder } from '../load/temporary-folder.js';
import { stampedePlot } from './stampede-plot.js';
import { STAMPEDE, type StampedePlan } from './stampede-plan.js';
import { runStampede, type StampedeRun } from './stampede-run.js';
import { stampedeTable } from './stampede-table.js';
import { brokenPromises } from './stampede-evaluation.js';

export interface DrillOptions {
  /** Which runs: with the defence, without it, or one after the other. */
  readonly defences: readonly boolean[];
  readonly cleanUp: CleanUp;
  readonly say: (text: string) => void;
}

/** The stampede drill: table, JSON and plot. @returns whether the defended run kept its promise */
export async function drillStampede({ defences, cleanUp, say }: DrillOptions): Promise<boolean> {
  const plan: StampedePlan = { ...STAMPEDE, clients: clientsWithin(STAMPEDE.clients, ownLimits()) };
  if (plan.clients < STAMPEDE.clients)
    say(`"ulimit -Hn" allows ${plan.clients} clients instead of ${STAMPEDE.clients}.`);
  const dataDir = temporaryFolder('bulwark-drill-', cleanUp);
  const runs: StampedeRun[] = [];
  for (const defended of defences)
    runs.push(await runStampede({ plan, defended, dataDir, fill: runs.length === 0, cleanUp, say }));
  const broken = runs.flatMap(brokenPromises);
  const [json, plot] = [reportFile('drill-stampede.json'), reportFile('drill-stampede.svg')];
  writeFileSync(json, `${JSON.stringify({ runs, broken }, null, 1)}\n`);
  writeFileSync(plot, stampedePlot(runs));
  say(`\n${stampedeTable(runs)}\n\n${conclusion(runs, broken)}\nReports: ${json} and ${plot}`);
  return broken.length === 0;
}

function conclusion(runs: readonly StampedeRun[], broken: readonly string[]): string {
  if (broken.length > 0) return `The promise broke.\n${broken.map((sentence) => `  ${sentence}`).join('\n')}`;
  if (!runs.some(({ defended }) => defended)) return 'This is the outage that the defence prevents.';
  return 'The promise held: one load an expiry for the whole fleet, and no failed request.';
}
