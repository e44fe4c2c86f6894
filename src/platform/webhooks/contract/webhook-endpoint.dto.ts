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
import { eventTypeNames } from '../domain/event-type-names.js';

const URL_LENGTH_MAX = 2_048;
/** More than there are event types. */
const EVENTS_MAX = 50;

export class RegisterWebhookEndpointDto {
  /** A public https address, port 443 or 8443, without credentials and fragment. */
  @ApiProperty({ type: String, maxLength: URL_LENGTH_MAX, example: 'https://partner.example/webhooks' })
  @IsString()
  @MinLength(1)
  @MaxLength(URL_LENGTH_MAX)
  url: string;

  /** The types of event to send there. */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', enum: eventTypeNames },
    minItems: 1,
    maxItems: EVENTS_MAX,
    uniqueItems: true,
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(EVENTS_MAX)
  @ArrayUnique()
  @IsIn(eventTypeNames, { each: true })
  events: string[];
}

export class WebhookEndpointDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String })
  url: string;

  @ApiProperty({ type: 'array', items: { type: 'string', enum: eventTypeNames } })
  events: string[];

  /** A disabled endpoint gets nothing until it is enabled again. */
  @ApiProperty({ type: String, enum: ['enabled', 'disabled'] })
  status: 'enabled' | 'disabled';

  /** `gone`: it answered 410; `failing`: no delivery succeeded for days; `operator`: we disabled it. */
  @ApiProperty({ type: String, nullable: true, enum: ['gone', 'failing', 'operator', null] })
  disabledReason: 'gone' | 'failing' | 'operator' | null;

  /** After a rotation: until then messages are signed with the old secret too. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  previousSecretUntil: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;
}

/** An endpoint with its secret, which is shown here and never again. */
export class WebhookEndpointWithSecretDto extends WebhookEndpointDto {
  @ApiProperty({
    type: String,
    pattern: '^whsec_[A-Za-z0-9+/]{43}=$',
    description: 'Verifies the `webhook-signature` header (Standard Webhooks). Keep it: it is not shown again.',
  })
  secret: string;
}

export class WebhookEndpointPageDto {
  @ApiProperty({ type: () => [WebhookEndpointDto] })
  data: WebhookEndpointDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
