import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../database/index.js';
import { WebhookDeliveryEntity } from './webhook.entities.js';

/** Counts what is pending and removes what has expired. */
@Injectable()
export class ExpiredRows {
  constructor(@InjectDatabase('platform') private readonly database: ContextDatabase) {}

  async countPending(): Promise<number> {
    return this.database.primary.countBy(WebhookDeliveryEntity, { status: 'pending' });
  }

  /** Removes deliveries that ended long ago. @returns how many, at most `batchMax` */
  async deleteEnded(batchMax: number, deliveredDays: number, deadDays: number): Promise<number> {
    return this.delete(
      `DELETE FROM platform.webhook_deliveries WHERE id IN (
         SELECT id FROM platform.webhook_deliveries
          WHERE ended_at < now() - make_interval(days => $2)
            AND (status = 'delivered' OR ended_at < now() - make_interval(days => $3))
          ORDER BY ended_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [batchMax, deliveredDays, deadDays],
    );
  }

  /**
   * Removes deliveries of deleted endpoints, then the endpoints.
   * @returns how many rows of both, at most twice `batchMax`
   */
  async deleteOfDeletedEndpoints(batchMax: number): Promise<number> {
    const deliveries = await this.delete(
      `DELETE FROM platform.webhook_deliveries WHERE id IN (
         SELECT delivery.id FROM platform.webhook_deliveries AS delivery
           JOIN platform.webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
          WHERE endpoint.status = 'deleted' LIMIT $1 FOR UPDATE OF delivery SKIP LOCKED)`,
      [batchMax],
    );
    const endpoints = await this.delete(
      `DELETE FROM platform.webhook_endpoints WHERE id IN (
         SELECT id FROM platform.webhook_endpoints AS endpoint
          WHERE status = 'deleted'
            AND NOT EXISTS (SELECT FROM platform.webhook_deliveries WHERE endpoint_id = endpoint.id)
          LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [batchMax],
    );
    return deliveries + endpoints;
  }

  private async delete(statement: string, parameters: readonly unknown[]): Promise<number> {
    const [, deleted]: [unknown[], number] = await this.database.primary.query(statement, [...parameters]);
    return deleted;
  }
}
