import { ApiProperty } from '@nestjs/swagger';
import { eventTypeNames } from '../domain/event-type-names.js';

/** The delivery of one event to one endpoint. */
export class WebhookDeliveryDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  /** The `webhook-id` of every attempt. */
  @ApiProperty({ type: String, format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: String, enum: eventTypeNames })
  eventType: string;

  /** A `dead` delivery is not attempted again unless you replay it. */
  @ApiProperty({ type: String, enum: ['pending', 'delivered', 'dead'] })
  status: 'pending' | 'delivered' | 'dead';

  @ApiProperty({ type: 'integer', minimum: 0 })
  attempts: number;

  @ApiProperty({ type: 'integer', nullable: true })
  lastStatusCode: number | null;

  @ApiProperty({ type: String, nullable: true })
  lastError: string | null;

  /** Null when it has ended. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  nextAttemptAt: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deliveredAt: string | null;
}

export class WebhookDeliveryPageDto {
  @ApiProperty({ type: () => [WebhookDeliveryDto] })
  data: WebhookDeliveryDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
