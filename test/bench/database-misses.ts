import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureThroughput } from '../load/measure-throughput.js';
import { readMetrics } from '../../src/cli/doctor/product-metrics.js';
import { flushRedis } from '../load/redis-server.js';
import type { Instance } from '../load/spawn-instance.js';
import { recordAnswer, startBaseline } from './baseline-process.js';
import { CONNECTIONS, type BenchSystem } from './bench-system.js';
import { idleStatements } from './idle-statements.js';
import { WITHOUT_MEMORY } from './redis-hits.js';
import { failuresOf, ratioOf, takeTurns, type Candidate } from './rounds.js';
import type { BenchRow } from './targets.js';

/** P5: reads of items that no layer has, beside raw node-postgres behind the same HTTP server and pooler. */
export async function benchDatabaseMisses(system: BenchSystem): Promise<BenchRow[]> {
  const { cleanUp, say, rounds } = system.options;
  const instance = await system.with(WITHOUT_MEMORY);
  say('P5: first reads of items');
  const hotPath = `/v1/items/${await system.hotId(instance)}`;
  const answer = await recordAnswer(`${instance.run.app}${hotPath}`, system.folder, 'P5');
  const baseline = await startBaseline('postgres-select', [answer, catalogReplicaUrl(instance)], cleanUp);
  const walk = new Walk(system);
  const candidates = [walk.candidate('bulwark', instance.run.app), walk.candidate('postgres-select', baseline.url)];
  await takeTurns(candidates, 1, (text) => say(text.replace('round 1', 'run-in ')));
  await flushRedis(instance.run.redisCache);
  const idlePerMs = await idleStatements(instance, {});
  const before = await readMetrics(instance.run.ops);
  const courses = await takeTurns(candidates, rounds, say);
  const after = await readMetrics(instance.run.ops);
  const delta = (metric: string, labels: Record<string, string>): number =>
    after.sum(metric, labels) - before.sum(metric, labels);
  await baseline.stop();
  const statements = delta('bulwark_db_queries_total', { module: 'catalog' }) - idlePerMs * (after.at - before.at);
  const reads = delta('bulwark_http_requests_total', { module: 'catalog', kind: 'read' });
  const loads = delta('bulwark_cache_loads_total', { cache: 'item' });
  // The generator hangs up at the end of a round: what was on its way then is loaded, but not answered.
  const misses = Math.max(reads, loads);
  const failures = failuresOf(courses);
  return [
    { name: 'P5', value: ratioOf(courses, 'bulwark', 'postgres-select'), evidence: { courses, failures } },
    {
      name: 'P5 SQL',
      value: misses === 0 ? 0 : round(statements / misses),
      evidence: { statements, idleStatementsPerSecond: idlePerMs * 1_000, reads, loads },
    },
  ];
}

/** Hands out a stretch of ids that have not been read yet. */
class Walk {
  private next = 0;

  constructor(private readonly system: BenchSystem) {}

  candidate(name: string, url: string): Candidate {
    const { cleanUp, say, roundSeconds: seconds, items } = this.system.options;
    return {
      name,
      measure: async () => {
        const keys = { kind: 'walk', prefix: '/v1/items/', idsFile: this.system.idsFile, fromLine: this.next } as const;
        const measured = await measureThroughput({ url, keys, seconds, connections: CONNECTIONS, cleanUp, say });
        this.next += Math.ceil(measured.perSecond * seconds) + CONNECTIONS;
        // From here on items come a second time; the statements per read show how many.
        if (this.next > items) this.next = 0;
        return measured;
      },
    };
  }
}

/** The catalog's own role on the replica's entry of the pooler, as the product reads. */
function catalogReplicaUrl({ run, dataDir }: Instance): string {
  const credentials = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as Record<string, string>;
  const url = new URL(run.pooler);
  url.username = 'bulwark_catalog';
  url.password = encodeURIComponent(credentials.DATABASE_CATALOG_PASSWORD ?? '');
  url.pathname = '/bulwark_replica';
  return url.toString();
}

function round(statements: number): number {
  return Math.round(statements * 100) / 100;
}
