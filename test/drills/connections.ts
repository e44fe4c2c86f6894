import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { reportFile } from '../load/built-files.js';
import { connectionsPlot } from './connections-plot.js';
import { CONNECTIONS } from './connections-plan.js';
import { runConnections, type ConnectionsRun } from './connections-run.js';
import { connectionsTable } from './connections-table.js';
import { brokenConnectionPromises } from './connections-evaluation.js';
import type { DrillOptions } from './stampede.js';

/** The connections drill: table, JSON and plot. @returns whether the defended run kept its promise */
export async function drillConnections({ defences, cleanUp, say }: DrillOptions): Promise<boolean> {
  const [load = 0] = loadavg();
  if (load > availableParallelism())
    say(
      `This machine is busy already (a load of ${load.toFixed(1)} on ${availableParallelism()} cores): ` +
        'requests may fail for that alone.',
    );
  const runs: ConnectionsRun[] = [];
  for (const defended of defences) runs.push(await runConnections({ plan: CONNECTIONS, defended, cleanUp, say }));
  const broken = runs.flatMap(brokenConnectionPromises);
  const [json, plot] = [reportFile('drill-connections.json'), reportFile('drill-connections.svg')];
  writeFileSync(json, `${JSON.stringify({ runs, broken }, null, 1)}\n`);
  writeFileSync(plot, connectionsPlot(runs));
  say(
    `\n${connectionsTable(runs)}\n\n${[...runs.flatMap(heard), conclusion(runs, broken)].join('\n')}\nReports: ` +
      `${json} and ${plot}`,
  );
  return broken.length === 0;
}

/** The last words of those who were turned away. */
function heard({ defended, refusal, lastError }: ConnectionsRun): string[] {
  const run = defended ? 'With the defence' : 'Without the defence';
  return [
    ...(refusal ? [`${run}, an instance beyond the budget was refused: ${refusal}`] : []),
    ...(lastError ? [`${run}, instances got this error from the database: ${lastError}`] : []),
  ];
}

function conclusion(runs: readonly ConnectionsRun[], broken: readonly string[]): string {
  if (broken.length > 0) return `The promise broke.\n${broken.map((sentence) => `  ${sentence}`).join('\n')}`;
  if (!runs.some(({ defended }) => defended)) return 'This is the outage that the defence prevents.';
  return (
    'The promise held: the fleet was capped by its budget, the database never saw more backends than it has, ' +
    'and no request or payment failed.'
  );
}
