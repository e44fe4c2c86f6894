import { pathToFileURL } from 'node:url';
import { builtFile } from '../load/built-files.js';
import { popularityOf, RankPicker } from '../load/popularity.js';
import { seededRandom } from '../../src/cli/made-up/seeded-random.js';
import { median } from './rounds.js';
import type { BenchRow } from './targets.js';
import type { BenchOptions } from './bench-system.js';

/**
 * What is looked at of the cache's inside. It is loaded by its file, since no product code has a use for it outside.
 */
interface Inside {
  readonly MemoryLayer: new (bytesMax: number) => { set(key: string, entry: object): unknown };
  readonly InvalidationSubscriber: new () => object;
  readonly LoadsInFlight: new () => object;
  readonly CacheMeter: new (...parts: never[]) => object;
  readonly LayeredCache: new (parts: object, definition: object) => { peek(id: string): unknown };
  readonly toEntry: (stored: object, freshMs: number) => object;
}

const KEYS = 10_000;
const DRAWS = 200_000;
const GETS = 3_000_000;
const ROUNDS = 5;
const FOR_EVER_MS = 1e9;
const ENOUGH_BYTES = 1e9;
const MS_PER_SECOND = 1_000;
const FILES = [
  'memory-layer',
  'invalidation-subscriber',
  'loads-in-flight',
  'cache-meter',
  'layered-cache',
  'cache-entry',
];

/**
 * P8: the whole way of a memory hit inside the process (entry, age, freshness, metrics), beside a bare Map; the
 * popularity of the keys is that of real ratings.
 */
export async function benchMemoryLayer({ say }: BenchOptions): Promise<BenchRow[]> {
  const modules = await Promise.all(
    FILES.map((name) => import(pathToFileURL(builtFile(`src/platform/cache/${name}.js`)).href) as Promise<object>),
  );
  const inside = Object.assign({}, ...modules) as Inside;
  const keys = Array.from(
    { length: KEYS },
    (_, index) => `item:0192f0c1-7a3b-7cde-8f00-${String(index).padStart(12, '0')}`,
  );
  const popularity = popularityOf(KEYS);
  const picker = new RankPicker(popularity.weights, seededRandom(1));
  const asked = Array.from({ length: DRAWS }, () => keys[picker.next()] as string);
  const peek = fillLayer(inside, keys);
  const map = new Map(keys.map((key) => [key, { body: key }]));
  const rates = { layer: [] as number[], map: [] as number[] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const taken = { layer: getsPerSecond(asked, peek), map: getsPerSecond(asked, (key) => map.get(key)?.body) };
    // The first round compiles.
    if (round === 0) continue;
    rates.layer.push(taken.layer);
    rates.map.push(taken.map);
  }
  const [layer, bare] = [median(rates.layer), median(rates.map)];
  say(`P8: ${Math.round(layer).toLocaleString('en-US')} gets/s, a Map ${Math.round(bare).toLocaleString('en-US')}/s`);
  return [{ name: 'P8', value: layer, evidence: { rates, ofMap: layer / bare, popularity: popularity.source } }];
}

function fillLayer(
  { MemoryLayer, InvalidationSubscriber, LoadsInFlight, CacheMeter, LayeredCache, toEntry }: Inside,
  keys: readonly string[],
): (key: string) => unknown {
  const memory = new MemoryLayer(ENOUGH_BYTES);
  const policy = {
    name: 'item',
    freshMs: FOR_EVER_MS,
    boundMs: FOR_EVER_MS,
    ifErrorMs: 0,
    negativeMs: 0,
    storedMs: FOR_EVER_MS,
    invalidation: 'ttl-only',
  };
  const parts = {
    memory,
    subscriber: new InvalidationSubscriber(),
    loads: new LoadsInFlight(),
    meter: new CacheMeter(),
    now: Date.now,
    chance: Math.random,
  };
  const cache = new LayeredCache(parts, { policy, etagOf: () => '', watches: () => [] });
  for (const key of keys)
    memory.set(
      key,
      toEntry(
        { body: Buffer.from(key), etag: '"a"', version: 1, asOf: Date.now(), tags: [], ttlOnly: true },
        FOR_EVER_MS,
      ),
    );
  return (id) => cache.peek(id);
}

/** @throws Error when a key is not found: then something else was measured */
function getsPerSecond(keys: readonly string[], get: (key: string) => unknown): number {
  let found = 0;
  const began = performance.now();
  for (let n = 0; n < GETS; n += 1) if (get(keys[n % DRAWS] as string) !== undefined) found += 1;
  const seconds = (performance.now() - began) / MS_PER_SECOND;
  if (found !== GETS) throw new Error(`The memory layer answered ${found} of ${GETS} gets.`);
  return GETS / seconds;
}
