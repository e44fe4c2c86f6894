import { startBaseline, recordAnswer } from './baseline-process.js';
import type { BenchSystem } from './bench-system.js';
import { candidate, runIn } from './memory-hits.js';
import { failuresOf, ratioOf, takeTurns } from './rounds.js';
import type { BenchRow } from './targets.js';

/** Nothing is kept in memory and nothing is warmed: each request has to go on to the next layer. */
export const WITHOUT_MEMORY = { CACHE_MEMORY_BYTES_MAX: '0', CACHE_WARM_ITEMS_MAX: '0' };

/** P4: hits of the shared layer, beside the raw client behind the same HTTP server. */
export async function benchRedisHits(system: BenchSystem): Promise<BenchRow[]> {
  const { cleanUp, say, rounds } = system.options;
  const instance = await system.with(WITHOUT_MEMORY);
  const { run } = instance;
  const path = `/v1/items/${await system.hotId(instance)}`;
  say(`P4: Redis hits of ${path}`);
  const answer = await recordAnswer(`${run.app}${path}`, system.folder, 'P4');
  const baseline = await startBaseline('redis-get', [answer, run.redisCache], cleanUp);
  const keys = { kind: 'one', path } as const;
  const candidates = [candidate(system, 'bulwark', run.app, keys), candidate(system, 'redis-get', baseline.url, keys)];
  await runIn(system, candidates);
  const courses = await takeTurns(candidates, rounds, say);
  await baseline.stop();
  const passed = await fetch(`${run.app}${path}`).then((probe) => probe.headers.get('cache-status'));
  return [
    {
      name: 'P4',
      value: ratioOf(courses, 'bulwark', 'redis-get'),
      evidence: { courses, failures: failuresOf(courses), cacheStatus: passed },
    },
  ];
}
