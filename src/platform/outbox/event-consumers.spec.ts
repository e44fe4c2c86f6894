import type { ContextDatabase } from '../database/index.js';
import { EventConsumers, type EventConsumer } from './event-consumers.js';

const database = {} as ContextDatabase;
const consumer = (change: Partial<EventConsumer> = {}): EventConsumer => ({
  name: 'ledger',
  eventTypes: ['payments.payment-captured.v1'],
  handle: () => Promise.resolve(),
  ...change,
});

describe('EventConsumers', () => {
  it('returns the consumers of an event type', () => {
    const consumers = new EventConsumers();
    consumers.register(consumer(), database);
    consumers.register(consumer({ name: 'receipt-mail' }), database);
    expect(consumers.consumersOf('payments.payment-captured.v1')).toEqual(['ledger', 'receipt-mail']);
    expect(consumers.consumersOf('payments.payment-refunded.v1')).toEqual([]);
  });

  it.each([
    ['a name that is taken', [consumer(), consumer()], /Two consumers/],
    ['a name that a queue cannot have', [consumer({ name: 'a:b' })], /does not fit a queue/],
    ['a consumer that does nothing', [consumer({ handle: undefined })], /neither handle\(\) nor deliver\(\)/],
  ])('refuses %s', (_, registered, message) => {
    const consumers = new EventConsumers();
    expect(() => registered.forEach((entry) => consumers.register(entry, database))).toThrow(message);
  });
});
