import { STAMPEDE } from '../drills/stampede-plan.js';
import { runStampede } from '../drills/stampede-run.js';
import { failuresOf } from '../drills/stampede-evaluation.js';
import { temporaryFolder } from '../load/temporary-folder.js';
import type { BenchOptions } from './bench-system.js';
import type { BenchRow } from './targets.js';

/** P6: the stampede drill with its defence, as figures. */
export async function benchStampede({ cleanUp, say }: BenchOptions): Promise<BenchRow[]> {
  const dataDir = temporaryFolder('bulwark-bench-stampede-', cleanUp);
  const { warm, cold } = await runStampede({ plan: STAMPEDE, defended: true, dataDir, fill: true, cleanUp, say });
  const evidence = {
    loadsPerExpiry: warm.loadsPerExpiry,
    requests: warm.load.requests,
    stale: warm.load.stale,
    p99Ms: warm.load.p99Ms,
    failures: failuresOf(warm.load) + failuresOf(cold.load),
  };
  return [
    { name: 'P6', value: Math.max(0, ...warm.loadsPerExpiry), evidence },
    {
      name: 'P6 cold',
      value: cold.loads,
      evidence: { statements: cold.statements, waited: cold.load.waited, p99Ms: cold.load.p99Ms },
    },
    {
      name: 'P6 wait',
      value: warm.load.waited,
      evidence: {
        waitedMeans: 'answers later than 100 ms, whatever kept them',
        p99Ms: warm.load.p99Ms,
        maxMs: warm.load.maxMs,
      },
    },
  ];
}
