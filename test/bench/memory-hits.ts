import type { Keys } from '../load/load-plan.js';
import { measureThroughput } from '../load/measure-throughput.js';
import { recordAnswer, startBaseline, type BaselineName } from './baseline-process.js';
import { CONNECTIONS, type BenchSystem } from './bench-system.js';
import { failuresOf, ratioOf, takeTurns, type Candidate } from './rounds.js';
import type { BenchRow, TargetName } from './targets.js';

const PRODUCT = 'bulwark';
const BASELINES: readonly BaselineName[] = ['bare-fastify', 'node-http', 'nest-empty'];

/** P1 and P2: hits of the memory layer through the whole product, beside bare servers that give the same bytes. */
export async function benchMemoryHits(system: BenchSystem): Promise<BenchRow[]> {
  const instance = await system.with();
  const itemPath = `/v1/items/${await system.hotId(instance)}`;
  return [...(await hits(system, 'P1', itemPath)), ...(await hits(system, 'P2', '/v1/home'))];
}

async function hits(system: BenchSystem, name: TargetName, path: string): Promise<BenchRow[]> {
  const { cleanUp, say, rounds } = system.options;
  const { run } = await system.with();
  say(`${name}: memory hits of ${path}`);
  const answer = await recordAnswer(`${run.app}${path}`, system.folder, name);
  const keys: Keys = { kind: 'one', path };
  const candidates: Candidate[] = [candidate(system, PRODUCT, run.app, keys)];
  const baselines = await Promise.all(BASELINES.map((baseline) => startBaseline(baseline, [answer], cleanUp)));
  for (const [index, { url }] of baselines.entries())
    candidates.push(candidate(system, BASELINES[index] ?? '', url, keys));
  await runIn(system, candidates);
  const courses = await takeTurns(candidates, rounds, say);
  await Promise.all(baselines.map((baseline) => baseline.stop()));
  return [
    {
      name,
      value: ratioOf(courses, PRODUCT, 'bare-fastify'),
      evidence: {
        courses,
        failures: failuresOf(courses),
        ofNodeHttp: ratioOf(courses, PRODUCT, 'node-http'),
        ofEmptyNest: ratioOf(courses, PRODUCT, 'nest-empty'),
      },
    },
  ];
}

/** Something that wrk asks for the same keys in every round. */
export function candidate(
  system: BenchSystem,
  name: string,
  url: string,
  keys: Exclude<Keys, { kind: 'popular' }>,
  seconds = system.options.roundSeconds,
): Candidate {
  const { cleanUp, say } = system.options;
  return { name, measure: () => measureThroughput({ url, keys, seconds, connections: CONNECTIONS, cleanUp, say }) };
}

/** Lets every candidate compile its code before the first round counts. */
export async function runIn(system: BenchSystem, candidates: readonly Candidate[]): Promise<void> {
  await takeTurns(candidates, 1, (text) => system.options.say(text.replace('round 1', 'run-in ')));
}
