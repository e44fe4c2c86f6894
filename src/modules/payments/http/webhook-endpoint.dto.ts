import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsString,
  MaxLength,
  MinLength,
} from 'class-validator';
import { writeSecret } from '../domain/webhook-signature.js';
import { PARTNER_EVENT_TYPES, type PartnerEventType } from '../partners/partner-events.js';
import type { WebhookDelivery } from '../persistence/webhook-deliveries.js';
import type { WebhookEndpoint } from '../persistence/webhook-endpoints.js';

const URL_LENGTH_MAX = 2_048;

export class RegisterWebhookEndpointDto {
  /** A public https address, port 443 or 8443, without credentials and fragment. */
  @ApiProperty({ type: String, maxLength: URL_LENGTH_MAX, example: 'https://partner.example/webhooks' })
  @IsString()
  @MinLength(1)
  @MaxLength(URL_LENGTH_MAX)
  url: string;

  /** What to send there. */
  @ApiProperty({
    type: String,
    isArray: true,
    enum: PARTNER_EVENT_TYPES,
    minItems: 1,
    maxItems: PARTNER_EVENT_TYPES.length,
    uniqueItems: true,
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(PARTNER_EVENT_TYPES.length)
  @ArrayUnique()
  @IsIn(PARTNER_EVENT_TYPES, { each: true })
  events: PartnerEventType[];
}

export class WebhookEndpointDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String })
  url: string;

  @ApiProperty({ type: String, isArray: true, enum: PARTNER_EVENT_TYPES })
  events: PartnerEventType[];

  /** A disabled one gets nothing until it is enabled again. */
  @ApiProperty({ type: String, enum: ['enabled', 'disabled'] })
  status: 'enabled' | 'disabled';

  /** `gone`: it answered 410; `failing`: nothing got through for days. */
  @ApiProperty({ type: String, nullable: true, enum: ['gone', 'failing', null] })
  disabledReason: 'gone' | 'failing' | null;

  /** After a rotation: until then messages are signed with the old secret too. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  previousSecretUntil: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;
}

/** An endpoint with its secret, which is told here and never again. */
export class WebhookEndpointWithSecretDto extends WebhookEndpointDto {
  @ApiProperty({
    type: String,
    pattern: '^whsec_[A-Za-z0-9+/]{43}=$',
    description: 'Verifies the `webhook-signature` header (Standard Webhooks). Keep it: it is not told again.',
  })
  secret: string;
}

export class WebhookEndpointPageDto {
  @ApiProperty({ type: () => [WebhookEndpointDto] })
  data: WebhookEndpointDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

/** What became of one event at one endpoint. */
export class WebhookDeliveryDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  /** The `webhook-id` of every attempt. */
  @ApiProperty({ type: String, format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: String, enum: PARTNER_EVENT_TYPES })
  eventType: string;

  /** A `dead` one is not tried again unless you replay it. */
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

export function toWebhookEndpointDto({
  id,
  url,
  events,
  status,
  disabledReason,
  previousSecretUntil,
  createdAt,
}: WebhookEndpoint): WebhookEndpointDto {
  return {
    id,
    url,
    events: [...events],
    status,
    disabledReason,
    previousSecretUntil: previousSecretUntil?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}

export function toWebhookEndpointWithSecretDto(
  endpoint: WebhookEndpoint,
  secret: Buffer,
): WebhookEndpointWithSecretDto {
  return { ...toWebhookEndpointDto(endpoint), secret: writeSecret(secret) };
}

export function toWebhookDeliveryDto({
  id,
  eventId,
  eventType,
  status,
  attempts,
  lastStatusCode,
  lastError,
  nextAttemptAt,
  createdAt,
  endedAt,
}: WebhookDelivery): WebhookDeliveryDto {
  return {
    id,
    eventId,
    eventType,
    status,
    attempts,
    lastStatusCode,
    lastError,
    nextAttemptAt: status === 'pending' ? nextAttemptAt.toISOString() : null,
    createdAt: createdAt.toISOString(),
    deliveredAt: status === 'delivered' ? (endedAt?.toISOString() ?? null) : null,
  };
}
