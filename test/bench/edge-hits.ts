import { availableParallelism } from 'node:os';
import { startBareNginx, findNginx } from './bare-nginx.js';
import { recordAnswer, startBaseline } from './baseline-process.js';
import type { BenchSystem } from './bench-system.js';
import { candidate, runIn } from './memory-hits.js';
import { failuresOf, median, ratioOf, takeTurns } from './rounds.js';
import type { BenchRow } from './targets.js';

/**
 * P3: hits of the edge's cache, beside an nginx that does nothing but keep the same answer. Servers and generator share
 * the cores.
 */
export async function benchEdgeHits(system: BenchSystem): Promise<BenchRow[]> {
  const { cleanUp, say, rounds } = system.options;
  const nginx = findNginx();
  if (nginx === null) {
    say('P3: nginx is not on this machine; the edge is not measured.');
    return [];
  }
  const instance = await system.with({}, ['--edge']);
  const { edge, app } = instance.run;
  if (edge === undefined) throw new Error('The system started without its edge.');
  const path = `/v1/items/${await system.hotId(instance)}`;
  say(`P3: edge hits of ${path}`);
  const origin = await startBaseline('node-http', [await recordAnswer(`${app}${path}`, system.folder, 'P3')], cleanUp);
  const bare = await startBareNginx(nginx, origin.url, system.folder, availableParallelism(), cleanUp);
  const keys = { kind: 'one', path } as const;
  const candidates = [candidate(system, 'edge', edge, keys), candidate(system, 'bare-nginx', bare, keys)];
  await runIn(system, candidates);
  const courses = await takeTurns(candidates, rounds, say);
  await origin.stop();
  const rate = median(courses.find(({ name }) => name === 'edge')?.rounds.map(({ perSecond }) => perSecond) ?? []);
  const evidence = {
    courses,
    failures: failuresOf(courses),
    cacheStatus: await fetch(`${edge}${path}`).then((answer) => answer.headers.get('cache-status')),
  };
  return [
    { name: 'P3', value: ratioOf(courses, 'edge', 'bare-nginx'), evidence },
    { name: 'P3 rate', value: rate, evidence: {} },
  ];
}
