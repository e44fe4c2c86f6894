import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../database/index.js';
import type { WebhookDelivery, WebhookMessage } from '../domain/webhook.js';
import { WebhookDeliveryEntity } from './webhook.entities.js';

/** The delivery log: one row per event and endpoint. */
@Injectable()
export class Deliveries {
  constructor(@InjectDatabase('platform') private readonly database: ContextDatabase) {}

  /**
   * Adds a pending delivery for every enabled endpoint that subscribes to the event type; a repeated event adds none.
   */
  async record(tx: Transaction, { eventId, eventType, body }: WebhookMessage): Promise<void> {
    const endpoints: { id: string }[] = await tx.query(
      "SELECT id FROM platform.webhook_endpoints WHERE status = 'enabled' AND $1 = ANY (events)",
      [eventType],
    );
    if (endpoints.length === 0) return;
    await tx.query(
      `INSERT INTO platform.webhook_deliveries (id, endpoint_id, event_id, event_type, body)
       SELECT subscribed.id, subscribed.endpoint_id, $3, $4, $5
         FROM unnest($1::uuid[], $2::uuid[]) AS subscribed (id, endpoint_id)
       ON CONFLICT (endpoint_id, event_id) DO NOTHING`,
      [endpoints.map(() => uuidv7()), endpoints.map(({ id }) => id), eventId, eventType, body],
    );
  }

  /** How many are neither delivered nor dead. */
  async countPending(): Promise<number> {
    return this.database.primary.countBy(WebhookDeliveryEntity, { status: 'pending' });
  }

  /** The newest first, those before `beforeId`. */
  async list(endpointId: string, limit: number, beforeId: string | undefined): Promise<WebhookDelivery[]> {
    return this.database.primary.getRepository(WebhookDeliveryEntity).find({
      where: { endpointId, ...(beforeId === undefined ? {} : { id: LessThan(beforeId) }) },
      order: { id: 'DESC' },
      take: limit,
    });
  }

  /**
   * Makes a delivery due now; an ended one starts over with no attempts.
   * @returns undefined when the endpoint has none with this id
   */
  async replay(tx: Transaction, endpointId: string, id: string): Promise<WebhookDelivery | undefined> {
    await tx
      .createQueryBuilder()
      .update(WebhookDeliveryEntity)
      .set({
        attempts: () => "CASE WHEN status = 'pending' THEN attempts ELSE 0 END",
        status: 'pending',
        endedAt: null,
        nextAttemptAt: () => 'now()',
      })
      .where({ endpointId, id })
      .execute();
    const replayed = await tx.getRepository(WebhookDeliveryEntity).findOneBy({ endpointId, id });
    return replayed ?? undefined;
  }
}
