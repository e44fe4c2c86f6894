import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Keys, LoadPlan, PaymentLoad } from './load-plan.js';
import { popularityOf, RankPicker } from './popularity.js';
import { seededRandom } from '../../src/cli/made-up/seeded-random.js';

export interface NextRequest {
  readonly bytes: string;
  readonly isWrite: boolean;
}

const STOCK_MAX = 500;
const WRITE_SEED = 7;
const PAYMENT_SEED = 11;

/** Makes the requests of a plan, one after the other. */
export function requestSource({ url, keys, writes, payments }: LoadPlan): () => NextRequest {
  const host = new URL(url).host;
  const nextPath = pathSource(keys);
  if (payments !== undefined) return paymentSource(host, nextPath, payments);
  const random = seededRandom(WRITE_SEED);
  const read = (): NextRequest => ({
    bytes: `GET ${nextPath()} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\n\r\n`,
    isWrite: false,
  });
  if (writes === undefined) return read;
  return () => {
    if (random() >= writes.share) return read();
    const body = JSON.stringify({ stock: 1 + Math.floor(random() * STOCK_MAX) });
    return {
      bytes:
        `PATCH ${nextPath()} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${writes.accessToken}\r\n` +
        `Idempotency-Key: ${randomUUID()}\r\nContent-Type: application/json\r\nContent-Length: ` +
        `${body.length}\r\n\r\n${body}`,
      isWrite: true,
    };
  };
}

/** Every request is an intent of its own: another key, the next customer, an item by chance. */
function paymentSource(
  host: string,
  nextPath: () => string,
  { tokensFile, itemIdsFile }: PaymentLoad,
): () => NextRequest {
  const [tokens = [], itemIds = []] = [tokensFile, itemIdsFile].map((file) =>
    readFileSync(file, 'utf8').trim().split('\n'),
  );
  const random = seededRandom(PAYMENT_SEED);
  let turn = 0;
  return () => {
    const token = tokens[turn++ % tokens.length];
    const body = JSON.stringify({
      items: [{ itemId: itemIds[Math.floor(random() * itemIds.length)], quantity: 1 }],
      paymentMethod: 'tok_ok',
    });
    return {
      bytes:
        `POST ${nextPath()} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nIdempotency-Key: ` +
        `${randomUUID()}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
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
