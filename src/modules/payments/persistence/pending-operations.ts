import { Injectable } from '@nestjs/common';
import { InjectConfig, deriveKey, type Config } from '../../../platform/config/index.js';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { seal, unseal } from '../../../platform/identity/index.js';
import { logger } from '../../../platform/observability/index.js';

/** A pending operation whose lease the caller holds. */
export interface Claimed {
  readonly id: string;
  readonly accountId: string;
  /** How many attempts were made before this one. */
  readonly attempts: number;
}

/** A pending payment. */
export interface ClaimedPayment extends Claimed {
  /** Null when it was sealed with a secret that is gone. */
  readonly cardToken: string | null;
}

/** A payment, a refund, or the check of a payment that failed without proof from the provider. */
export type OperationKind = 'payment' | 'refund' | 'orphan';

interface ClaimedRow {
  id: string;
  account_id: string;
  attempts: number;
}

const TABLES = {
  payment: { name: 'payments.pending_payments', id: 'payment_id' },
  refund: { name: 'payments.pending_refunds', id: 'refund_id' },
  orphan: { name: 'payments.orphan_checks', id: 'payment_id' },
} as const satisfies Record<OperationKind, { name: string; id: string }>;

/**
 * The operations in flight, in small tables beside the large ones. Only the holder of a row's lease may advance the
 * payment. Card tokens are sealed, and deleted when the payment ends.
 */
@Injectable()
export class PendingOperations {
  private readonly key: Buffer;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('payments') private readonly database: ContextDatabase,
  ) {
    this.key = deriveKey(config.secret, 'payments/open-card-token/v1');
  }

  sealToken(cardToken: string): Buffer {
    return seal(this.key, Buffer.from(cardToken));
  }

  /** Claims payments that are due; two workers never claim the same one. */
  async claimPayments(batch: number, leaseSeconds: number): Promise<ClaimedPayment[]> {
    const rows = await this.claimRows<ClaimedRow & { card_token_sealed: Buffer }>('payment', batch, leaseSeconds, {
      columns: ', card_token_sealed',
    });
    return rows.map((row) => this.withToken(row));
  }

  /** Claims one payment. @returns undefined while another attempt holds its lease */
  async claimPayment(paymentId: string, leaseSeconds: number): Promise<ClaimedPayment | undefined> {
    const [row] = await this.claimRows<ClaimedRow & { card_token_sealed: Buffer }>('payment', 1, leaseSeconds, {
      columns: ', card_token_sealed',
      only: paymentId,
    });
    return row && this.withToken(row);
  }

  /** Claims refunds that are due, or orphan checks. */
  async claim(kind: 'refund' | 'orphan', batch: number, leaseSeconds: number): Promise<Claimed[]> {
    return (await this.claimRows(kind, batch, leaseSeconds)).map(toClaimed);
  }

  /** Ends the lease and schedules the next attempt: at once when an event has requested it meanwhile. */
  async postpone(kind: OperationKind, id: string, seconds: number): Promise<void> {
    const table = TABLES[kind];
    await this.database.primary.query(
      `UPDATE ${table.name} SET leased_until = NULL, wake_requested = false,
        next_attempt_at = now() + CASE WHEN wake_requested THEN interval '0' ELSE make_interval(secs => $2) END
        WHERE ${table.id} = $1`,
      [id, seconds],
    );
  }

  /** Removes the check: the charge was reversed, or none can appear any more. */
  async closeOrphanCheck(paymentId: string): Promise<void> {
    await this.database.primary.query('DELETE FROM payments.orphan_checks WHERE payment_id = $1', [paymentId]);
  }

  /** Those of the given payments or refunds that are pending. */
  async stillPending(kind: OperationKind, ids: readonly string[]): Promise<string[]> {
    const { name, id } = TABLES[kind];
    const rows: { id: string }[] = await this.database.primary.query(
      `SELECT ${id} AS id FROM ${name} WHERE ${id} = ANY($1::uuid[])`,
      [ids],
    );
    return rows.map((row) => row.id);
  }

  /** How many of a kind are pending, and the id of the oldest. */
  async countPending(kind: OperationKind): Promise<{ pending: number; oldestId: string | null }> {
    const { name, id } = TABLES[kind];
    const [row]: { pending: number; oldest: string | null }[] = await this.database.primary.query(
      `SELECT count(*)::int AS pending, (SELECT ${id} FROM ${name} ORDER BY ${id} LIMIT 1) AS oldest FROM ${name}`,
    );
    return { pending: row?.pending ?? 0, oldestId: row?.oldest ?? null };
  }

  private async claimRows<Row extends ClaimedRow>(
    kind: OperationKind,
    batch: number,
    leaseSeconds: number,
    { columns = '', only }: { columns?: string; only?: string } = {},
  ): Promise<Row[]> {
    const table = TABLES[kind];
    const [rows]: [Row[], number] = await this.database.primary.query(
      `UPDATE ${table.name} SET next_attempt_at = now() + make_interval(secs => $1),
         leased_until = now() + make_interval(secs => $1), wake_requested = false, attempts = attempts + 1
       WHERE ${table.id} IN (
         SELECT ${table.id} FROM ${table.name}
         WHERE next_attempt_at <= now() AND ($3::uuid IS NULL OR ${table.id} = $3)
         ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED
       )
       RETURNING ${table.id} AS id, account_id, attempts${columns}`,
      [leaseSeconds, batch, only ?? null],
    );
    return rows;
  }

  /** A token that cannot be unsealed must not stop the others of its batch. */
  private withToken(row: ClaimedRow & { card_token_sealed: Buffer }): ClaimedPayment {
    try {
      return { ...toClaimed(row), cardToken: unseal(this.key, row.card_token_sealed).toString() };
    } catch (error) {
      logger.error(
        { error, paymentId: row.id },
        "A card token cannot be unsealed: was BULWARK_SECRET changed? The payment ends by the provider's record.",
      );
      return { ...toClaimed(row), cardToken: null };
    }
  }
}

function toClaimed({ id, account_id: accountId, attempts }: ClaimedRow): Claimed {
  return { id, accountId, attempts: attempts - 1 };
}
