import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent } from '../../../platform/idempotency/index.js';
import { CurrentCaller, RequiresRole, type Caller } from '../../../platform/identity/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { ChangeWebhookEndpoint } from '../change-webhook-endpoint.js';
import { noSuchDelivery, noSuchEndpoint } from '../payments.problems.js';
import { ReadWebhookEndpoints } from '../read-webhook-endpoints.js';
import { RegisterWebhookEndpoint } from '../register-webhook-endpoint.js';
import { ReplayWebhookDelivery } from '../replay-webhook-delivery.js';
import { ListPaymentsQueryDto } from './list-query.dto.js';
import {
  RegisterWebhookEndpointDto,
  WebhookDeliveryDto,
  WebhookDeliveryPageDto,
  WebhookEndpointDto,
  WebhookEndpointPageDto,
  WebhookEndpointWithSecretDto,
} from './webhook-endpoint.dto.js';

const asId = new ParseUUIDPipe({ exceptionFactory: noSuchEndpoint });
const asDeliveryId = new ParseUUIDPipe({ exceptionFactory: noSuchDelivery });

@ApiTags('partners')
@RequiresRole('partner')
@Controller('v1/webhook-endpoints')
export class WebhookEndpointsController {
  constructor(
    private readonly registerCase: RegisterWebhookEndpoint,
    private readonly changeCase: ChangeWebhookEndpoint,
    private readonly readCase: ReadWebhookEndpoints,
    private readonly replayCase: ReplayWebhookDelivery,
  ) {}

  @Post()
  @Idempotent()
  @ApiOperation({ summary: 'Hear of payments at a URL of yours' })
  @ApiCreatedResponse({
    type: WebhookEndpointWithSecretDto,
    headers: { Location: { description: 'Where the endpoint is.', schema: { type: 'string' } } },
  })
  @DescribesProblems('webhook_target_refused', 'too_many_webhook_endpoints')
  registerWebhookEndpoint(
    @CurrentCaller() { accountId }: Caller,
    @Body() { url, events }: RegisterWebhookEndpointDto,
  ): Promise<WebhookEndpointWithSecretDto> {
    return this.registerCase.execute(accountId, url, events);
  }

  @Get()
  @ApiOperation({ summary: 'Your webhook endpoints, the newest first' })
  @ApiOkResponse({ type: WebhookEndpointPageDto })
  listWebhookEndpoints(
    @CurrentCaller() { accountId }: Caller,
    @Query() query: ListPaymentsQueryDto,
  ): Promise<WebhookEndpointPageDto> {
    return this.readCase.page(accountId, query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of your webhook endpoints' })
  @ApiOkResponse({ type: WebhookEndpointDto })
  @DescribesProblems('not_found')
  readWebhookEndpoint(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
  ): Promise<WebhookEndpointDto> {
    return this.readCase.one(accountId, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  @ApiOperation({ summary: 'Remove a webhook endpoint' })
  @ApiNoContentResponse({ description: 'Nothing more is sent there, pending deliveries included.' })
  @DescribesProblems('not_found')
  removeWebhookEndpoint(@CurrentCaller() { accountId }: Caller, @Param('id', asId) id: string): Promise<void> {
    return this.changeCase.remove(accountId, id);
  }

  @Post(':id/secret')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({ summary: 'Get a new secret; the old one signs too for 24 hours' })
  @ApiOkResponse({ type: WebhookEndpointWithSecretDto })
  @DescribesProblems('not_found')
  rotateWebhookSecret(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
  ): Promise<WebhookEndpointWithSecretDto> {
    return this.changeCase.rotateSecret(accountId, id);
  }

  @Post(':id/enable')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({ summary: 'Take an endpoint up again that was disabled' })
  @ApiOkResponse({ type: WebhookEndpointDto, description: 'What was pending goes on.' })
  @DescribesProblems('not_found')
  enableWebhookEndpoint(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
  ): Promise<WebhookEndpointDto> {
    return this.changeCase.enable(accountId, id);
  }

  @Get(':id/deliveries')
  @ApiOperation({ summary: 'What was sent to an endpoint, the newest first' })
  @ApiOkResponse({ type: WebhookDeliveryPageDto })
  @DescribesProblems('not_found')
  listWebhookDeliveries(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
    @Query() query: ListPaymentsQueryDto,
  ): Promise<WebhookDeliveryPageDto> {
    return this.readCase.deliveries(accountId, id, query);
  }

  @Post(':id/deliveries/:deliveryId/replay')
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({ summary: 'Send a delivery again, with the same `webhook-id`' })
  @ApiAcceptedResponse({ type: WebhookDeliveryDto })
  @DescribesProblems('not_found', 'webhook_endpoint_disabled')
  replayWebhookDelivery(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
    @Param('deliveryId', asDeliveryId) deliveryId: string,
  ): Promise<WebhookDeliveryDto> {
    return this.replayCase.execute(accountId, id, deliveryId);
  }
}
