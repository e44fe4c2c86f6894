import type { DomainEvent } from '../outbox/index.js';
import { eventTypeNames } from './domain/event-type-names.js';
import { WebhookEventTypes, type WebhookEventType } from './event-types.js';

class OrderShipped {}

const SHIPPED: WebhookEventType = {
  name: 'order.shipped',
  summary: 'An order was shipped.',
  dataType: OrderShipped,
  domainEventType: 'orders.order-shipped.v1',
  present: ({ orderId }: { orderId: string }) => ({ orderId }),
};
const event: DomainEvent = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  type: SHIPPED.domainEventType,
  aggregateType: 'order',
  aggregateId: '1',
  occurredAt: new Date('2026-03-01T12:00:00Z'),
  payload: { orderId: '1', accountId: 'secret' },
};

describe('WebhookEventTypes', () => {
  let types: WebhookEventTypes;

  beforeEach(() => {
    types = new WebhookEventTypes();
    types.register(SHIPPED);
  });

  it('makes the same body of a fact each time, with nothing but what its event type presents', () => {
    const message = types.toMessage(event);
    expect(message).toEqual({
      eventId: event.id,
      eventType: 'order.shipped',
      body: '{"type":"order.shipped","timestamp":"2026-03-01T12:00:00.000Z","data":{"orderId":"1"}}',
    });
    expect(types.toMessage(event)).toEqual(message);
  });

  it('offers each name once to the contract, also when several applications register it in one process', () => {
    new WebhookEventTypes().register(SHIPPED);
    expect(eventTypeNames.filter((name) => name === 'order.shipped')).toHaveLength(1);
  });

  it('refuses a second event type for the same fact', () => {
    expect(() => types.register({ ...SHIPPED, name: 'order.sent' })).toThrow('orders.order-shipped.v1');
  });

  it('rejects a fact without an event type', () => {
    expect(() => types.toMessage({ ...event, type: 'orders.order-lost.v1' })).toThrow('orders.order-lost.v1');
  });
});
