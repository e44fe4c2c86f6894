import { Controller, Headers, HttpCode, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiHeader, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ExemptFromIdempotency } from '../../../platform/idempotency/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { ReceiveProviderEvent } from '../receive-provider-event.js';

@ApiTags('payments')
@Controller('v1/provider-webhooks')
export class ProviderWebhooksController {
  constructor(private readonly receiveCase: ReceiveProviderEvent) {}

  @Post()
  @HttpCode(204)
  @RouteConfig({ takesRawBody: true })
  @ExemptFromIdempotency(
    'The sender signs each event and repeats it until it is accepted; its id is recorded, so that it acts once.',
  )
  @ApiOperation({ summary: 'Signed events of the payment provider' })
  @ApiHeader({
    name: 'Stripe-Signature',
    required: true,
    description: '`t=<seconds>,v1=<HMAC-SHA-256 of "t.body" in hex>`, at most five minutes old.',
  })
  @ApiBody({
    schema: {
      type: 'object',
      required: ['id', 'type'],
      properties: { id: { type: 'string', maxLength: 255 }, type: { type: 'string' }, data: { type: 'object' } },
    },
  })
  @ApiNoContentResponse({ description: 'The event was accepted, now or before.' })
  @DescribesProblems('webhook_signature_invalid', 'malformed_json', 'validation_failed')
  async receiveEvent(@Req() request: FastifyRequest, @Headers('stripe-signature') signature?: string): Promise<void> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    await this.receiveCase.execute(body, signature ?? '');
  }
}
