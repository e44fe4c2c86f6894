import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../database/index.js';

/** A relay that is gone is replaced after this. */
const LEASE_MS = 12_000;
/** With less left than this it is renewed first: a batch has to be done before another relay begins. */
const LEFT_MIN_MS = 6_000;

/**
 * One relay of many works, so that events need no claim of their own, which would cost a row version each. A relay that
 * outlives its lease publishes at worst what another publishes too, and the queues ignore an event id that they hold.
 */
@Injectable()
export class RelayLease {
  private readonly holder = randomUUID();
  private endsAt = 0;

  constructor(@InjectDatabase('platform') private readonly database: ContextDatabase) {}

  /** Takes the lease, or keeps it. @returns false while another relay has it */
  async hold(): Promise<boolean> {
    const askedAt = performance.now();
    if (this.endsAt - askedAt > LEFT_MIN_MS) return true;
    const rows: unknown[] = await this.database.primary.query(
      `INSERT INTO platform.relay_lease AS lease (holder, held_until)
         VALUES ($1, now() + $2::float8 * interval '1 millisecond')
       ON CONFLICT (is_only) DO UPDATE SET holder = EXCLUDED.holder, held_until = EXCLUDED.held_until
         WHERE lease.holder = EXCLUDED.holder OR lease.held_until <= now()
       RETURNING holder`,
      [this.holder, LEASE_MS],
    );
    this.endsAt = rows.length > 0 ? askedAt + LEASE_MS : 0;
    return rows.length > 0;
  }

  /** Lets the next relay begin at once. */
  async release(): Promise<void> {
    if (this.endsAt === 0) return;
    this.endsAt = 0;
    await this.database.primary.query('UPDATE platform.relay_lease SET held_until = now() WHERE holder = $1', [
      this.holder,
    ]);
  }
}
