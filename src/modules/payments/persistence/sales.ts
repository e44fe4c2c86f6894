import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { SalesOfDay } from '../domain/sales.js';

/** More rows per day than consumers that add at the same time, so that two seldom wait for one row. */
const SHARDS = 32;

/** Sales per day and currency, added up event by event. */
@Injectable()
export class Sales {
  constructor(@InjectDatabase('payments') private readonly database: ContextDatabase) {}

  /** @param eventId spreads the events of a day over several rows, so that consumers do not wait for one row lock */
  async add(
    tx: Transaction,
    eventId: string,
    { day, currency, payments, capturedMinor, refundedMinor }: SalesOfDay,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO payments.sales_per_day AS known (day, currency, payments, captured_minor, refunded_minor, shard)
       VALUES ($1, $2, $3, $4, $5, abs(hashtext($6) % ${SHARDS}))
       ON CONFLICT (day, currency, shard) DO UPDATE SET payments = known.payments + EXCLUDED.payments,
         captured_minor = known.captured_minor + EXCLUDED.captured_minor,
         refunded_minor = known.refunded_minor + EXCLUDED.refunded_minor`,
      [day, currency, payments, String(capturedMinor), String(refundedMinor), eventId],
    );
  }

  /** Days from `from` to `to`, both included, in order. */
  async between(from: string, to: string): Promise<SalesOfDay[]> {
    const rows = await this.database.read<{
      day: string;
      currency: string;
      payments: string;
      captured_minor: string;
      refunded_minor: string;
    }>(
      `SELECT day::text AS day, currency, sum(payments)::text AS payments,
         sum(captured_minor)::text AS captured_minor, sum(refunded_minor)::text AS refunded_minor
       FROM payments.sales_per_day WHERE day BETWEEN $1::date AND $2::date GROUP BY 1, 2 ORDER BY 1, 2`,
      [from, to],
      'close',
    );
    return rows.map((row) => ({
      day: row.day,
      currency: row.currency,
      payments: Number(row.payments),
      capturedMinor: BigInt(row.captured_minor),
      refundedMinor: BigInt(row.refunded_minor),
    }));
  }
}
