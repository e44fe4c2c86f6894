import { getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import type { WebhookEventType } from './event-types.js';

const REGISTRATION = '/v1/webhook-endpoints';
const TAG = 'partners';

const DESCRIPTION = [
  'An endpoint that you register gets each event as a POST with the body that its callback describes. Messages are ' +
    'signed as [Standard Webhooks](https://www.standardwebhooks.com): verify `webhook-signature` with your secret, ' +
    'refuse a `webhook-timestamp` that is minutes old, and drop a `webhook-id` that you have had, since an event may ' +
    'come more than once, and in any order.',
  'Answer with 2xx within seconds. Anything else is sent again with growing pauses over two days; 410 disables the ' +
    'endpoint.',
].join('\n\n');

const header = (name: string, description: string) => ({
  name,
  in: 'header' as const,
  required: true,
  description,
  schema: { type: 'string' as const },
});

const HEADERS = [
  header('webhook-id', 'The event: the same for every attempt.'),
  header('webhook-timestamp', 'When this attempt was sent, in seconds since 1970.'),
  header('webhook-signature', '`v1,` and the HMAC-SHA-256 of "id.timestamp.body" in base64; two during a rotation.'),
];

const RESPONSES = {
  '2XX': { description: 'You have it.' },
  '410': { description: 'You want no more: the endpoint is disabled.' },
};

/** Puts each event type's message into the document: as a schema, and as a callback of the registration. */
export function describeWebhooks(document: OpenAPIObject, types: readonly WebhookEventType[]): void {
  const registration = document.paths[REGISTRATION]?.post;
  if (registration === undefined) throw new Error(`The document has no POST ${REGISTRATION}.`);
  document.tags = [...(document.tags ?? []), { name: TAG, description: DESCRIPTION }];
  document.components = {
    ...document.components,
    schemas: {
      ...document.components?.schemas,
      ...Object.fromEntries(types.map((type) => [messageName(type), messageSchema(type)])),
    },
  };
  registration.callbacks = Object.fromEntries(types.map((type) => [type.name, callbackOf(type)]));
}

/** `order.shipped` is described by `OrderShippedMessage`. */
function messageName({ name }: WebhookEventType): string {
  const words = name.split(/[._-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Message`;
}

function messageSchema({ name, summary, dataType }: WebhookEventType) {
  return {
    type: 'object' as const,
    description: summary,
    required: ['type', 'timestamp', 'data'],
    properties: {
      type: { type: 'string' as const, enum: [name] },
      timestamp: { type: 'string' as const, format: 'date-time', description: 'When it happened.' },
      data: { $ref: getSchemaPath(dataType) },
    },
  };
}

function callbackOf(type: WebhookEventType) {
  const schema = { $ref: getSchemaPath(messageName(type)) };
  return {
    '{$request.body#/url}': {
      post: {
        operationId: `receive${messageName(type)}`,
        summary: type.summary,
        security: [],
        parameters: HEADERS,
        requestBody: { required: true, content: { 'application/json': { schema } } },
        responses: RESPONSES,
      },
    },
  };
}
