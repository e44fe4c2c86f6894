import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';

const TWO_DAYS_MS = 172_800_000;

/** The key of a request whose process died two days ago. */
async function leaveKey(route: string): Promise<string> {
  const workId = uuidv7({ msecs: Date.now() - TWO_DAYS_MS });
  await query(
    `INSERT INTO platform.idempotency_keys (scope, key, fingerprint, work_id, lock_token, locked_at, recoverable,
      created_at, expires_at)
     VALUES ($1, $2::text, '', $2::uuid, gen_random_uuid(), now() - interval '2 days', true,
       now() - interval '2 days', now() - interval '1 day')`,
    [`${randomUUID()} ${route}`, workId],
  );
  return workId;
}

const isKept = async (workId: string): Promise<boolean> =>
  (await query('SELECT FROM audit.idempotency_keys WHERE key = $1', [workId])).length > 0;

describe('the key of a payment whose process died', () => {
  let bulwark: Bulwark;

  beforeAll(async () => {
    await freshStart();
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  it('expires after a day when nothing had begun, and is kept while an operation is pending', async () => {
    const [payment, refund] = [await leaveKey('POST /v1/payments'), await leaveKey('POST /v1/payments/:id/refunds')];
    const [pending, foreign] = [await leaveKey('POST /v1/payments'), await leaveKey('POST /v1/orders')];
    await query(
      `INSERT INTO payments.pending_payments (payment_id, account_id, card_token_sealed, next_attempt_at)
        VALUES ($1, $2, '', now() + interval '1 hour')`,
      [pending, randomUUID()],
    );
    bulwark = await startBulwark();
    await eventually(async () => !(await isKept(payment)) && !(await isKept(refund)));
    expect([await isKept(pending), await isKept(foreign)]).toEqual([true, true]);
  });
});
