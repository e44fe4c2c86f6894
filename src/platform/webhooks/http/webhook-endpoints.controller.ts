import { Body, Controller, Delete, Get, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { PageQueryDto } from '../../http/index.js';
import { Idempotent, presentNoContent } from '../../idempotency/index.js';
import { CurrentCaller, RequiresRole, type Caller } from '../../identity/index.js';
import { DescribesProblems } from '../../problems/index.js';
import { ChangeEndpoint } from '../change-endpoint.js';
import { WebhookDeliveryDto, WebhookDeliveryPageDto } from '../contract/webhook-delivery.dto.js';
import {
  RegisterWebhookEndpointDto,
  WebhookEndpointDto,
  WebhookEndpointPageDto,
  WebhookEndpointWithSecretDto,
} from '../contract/webhook-endpoint.dto.js';
import {
  presentDeliveries,
  presentEnabled,
  presentEndpoint,
  presentEndpoints,
  presentRegistration,
  presentReplay,
  presentRotation,
} from '../contract/webhooks.presenter.js';
import type { WebhookDelivery, WebhookEndpoint, WebhookEndpointWithSecret } from '../domain/webhook.js';
import { ReadEndpoints } from '../read-endpoints.js';
import { RegisterEndpoint } from '../register-endpoint.js';
import { ReplayDelivery } from '../replay-delivery.js';
import { noSuchDelivery, noSuchEndpoint } from '../webhooks.problems.js';

const asId = new ParseUUIDPipe({ exceptionFactory: noSuchEndpoint });
const asDeliveryId = new ParseUUIDPipe({ exceptionFactory: noSuchDelivery });

@ApiTags('partners')
@RequiresRole('partner')
@Controller('v1/webhook-endpoints')
export class WebhookEndpointsController {
  constructor(
    private readonly registerEndpoint: RegisterEndpoint,
    private readonly changeEndpoint: ChangeEndpoint,
    private readonly readEndpoints: ReadEndpoints,
    private readonly replayDelivery: ReplayDelivery,
  ) {}

  @Post()
  @Idempotent({ presenter: presentRegistration })
  @ApiOperation({ summary: 'Receive events at a URL of yours' })
  @ApiCreatedResponse({
    type: WebhookEndpointWithSecretDto,
    headers: { Location: { description: 'Where the endpoint is.', schema: { type: 'string' } } },
  })
  @DescribesProblems('webhook_target_refused', 'too_many_webhook_endpoints')
  registerWebhookEndpoint(
    @CurrentCaller() { accountId }: Caller,
    @Body() registration: RegisterWebhookEndpointDto,
  ): Promise<WebhookEndpointWithSecret> {
    return this.registerEndpoint.execute(accountId, registration);
  }

  @Get()
  @ApiOperation({ summary: 'Your webhook endpoints, the newest first' })
  @ApiOkResponse({ type: WebhookEndpointPageDto })
  async listWebhookEndpoints(
    @CurrentCaller() { accountId }: Caller,
    @Query() query: PageQueryDto,
  ): Promise<WebhookEndpointPageDto> {
    return presentEndpoints(await this.readEndpoints.page(accountId, query));
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of your webhook endpoints' })
  @ApiOkResponse({ type: WebhookEndpointDto })
  @DescribesProblems('not_found')
  async readWebhookEndpoint(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
  ): Promise<WebhookEndpointDto> {
    return presentEndpoint(await this.readEndpoints.one(accountId, id));
  }

  @Delete(':id')
  @Idempotent({ presenter: presentNoContent })
  @ApiOperation({ summary: 'Remove a webhook endpoint' })
  @ApiNoContentResponse({ description: 'Nothing more is sent there, pending deliveries included.' })
  @DescribesProblems('not_found')
  removeWebhookEndpoint(@CurrentCaller() { accountId }: Caller, @Param('id', asId) id: string): Promise<void> {
    return this.changeEndpoint.remove(accountId, id);
  }

  @Post(':id/secret')
  @Idempotent({ presenter: presentRotation })
  @ApiOperation({ summary: 'Get a new secret; the old one signs too for 24 hours' })
  @ApiOkResponse({ type: WebhookEndpointWithSecretDto })
  @DescribesProblems('not_found')
  rotateWebhookSecret(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
  ): Promise<WebhookEndpointWithSecret> {
    return this.changeEndpoint.rotateSecret(accountId, id);
  }

  @Post(':id/enable')
  @Idempotent({ presenter: presentEnabled })
  @ApiOperation({ summary: 'Enable an endpoint that was disabled' })
  @ApiOkResponse({ type: WebhookEndpointDto, description: 'Pending deliveries go on.' })
  @DescribesProblems('not_found')
  enableWebhookEndpoint(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
  ): Promise<WebhookEndpoint> {
    return this.changeEndpoint.enable(accountId, id);
  }

  @Get(':id/deliveries')
  @ApiOperation({ summary: 'What was sent to an endpoint, the newest first' })
  @ApiOkResponse({ type: WebhookDeliveryPageDto })
  @DescribesProblems('not_found')
  async listWebhookDeliveries(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
    @Query() query: PageQueryDto,
  ): Promise<WebhookDeliveryPageDto> {
    return presentDeliveries(await this.readEndpoints.deliveries(accountId, id, query));
  }

  @Post(':id/deliveries/:deliveryId/replay')
  @Idempotent({ presenter: presentReplay })
  @ApiOperation({ summary: 'Send a delivery again, with the same `webhook-id`' })
  @ApiAcceptedResponse({ type: WebhookDeliveryDto })
  @DescribesProblems('not_found', 'webhook_endpoint_disabled')
  replayWebhookDelivery(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asId) id: string,
    @Param('deliveryId', asDeliveryId) deliveryId: string,
  ): Promise<WebhookDelivery> {
    return this.replayDelivery.execute(accountId, id, deliveryId);
  }
}
