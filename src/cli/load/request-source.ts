import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Keys, LoadPlan } from './load-plan.js';
import { popularityOf, RankPicker } from './popularity.js';
import { seededRandom } from './seeded-random.js';

export interface NextRequest {
  readonly bytes: string;
  readonly isWrite: boolean;
}

const STOCK_MAX = 500;
const WRITE_SEED = 7;

/** Makes the requests of a plan, one after the other. */
export function requestSource({ url, keys, writes }: LoadPlan): () => NextRequest {
  const host = new URL(url).host;
  const nextPath = pathSource(keys);
  const random = seededRandom(WRITE_SEED);
  const read = (): NextRequest => ({ bytes: `GET ${nextPath()} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\n\r\n`, isWrite: false });
  if (writes === undefined) return read;
  return () => {
    if (random() >= writes.share) return read();
    const body = JSON.stringify({ stock: 1 + Math.floor(random() * STOCK_MAX) });
    return {
      bytes: `PATCH ${nextPath()} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${writes.accessToken}\r\nIdempotency-Key: ${randomUUID()}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      isWrite: true,
    };
  };
}

function pathSource(keys: Keys): () => string {
  if (keys.kind === 'one') return () => keys.path;
  const ids = readFileSync(keys.idsFile, 'utf8').trim().split('\n');
  if (keys.kind === 'popular') {
    const picker = new RankPicker(popularityOf(ids.length).weights, seededRandom(keys.seed));
    return () => `${keys.prefix}${ids[picker.next()]}`;
  }
  let line = keys.fromLine;
  return () => `${keys.prefix}${ids[line++ % ids.length]}`;
}
