import type { DomainEvent } from '../../platform/outbox/index.js';

/** An item was created, changed or removed by staff. */
export const ITEM_CHANGED = 'catalog.item-changed.v1';

/** Payload of {@link ITEM_CHANGED}: consumers read the item itself; a late event must not bring old values back. */
export interface ItemChanged {
  readonly itemId: string;
  readonly version: number;
}

/** @param change `eventId` is a UUIDv7 */
export function itemChanged({
  eventId,
  occurredAt,
  itemId,
  version,
}: ItemChanged & { eventId: string; occurredAt: Date }): DomainEvent<ItemChanged> {
  return {
    id: eventId,
    type: ITEM_CHANGED,
    aggregateType: 'item',
    aggregateId: itemId,
    occurredAt,
    payload: { itemId, version },
  };
}
