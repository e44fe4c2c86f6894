import type { Order } from '../domain/order.js';
import type { MakePaymentDto } from './payment.dto.js';

/** What the client sent, in the domain's terms. */
export function toOrder({ items, paymentMethod, reference }: MakePaymentDto): Order {
  return {
    lines: items.map(({ itemId, quantity, expectedUnitPrice }) => ({
      itemId: itemId.toLowerCase(),
      quantity,
      ...(expectedUnitPrice
        ? { expectedUnitPriceMinor: BigInt(expectedUnitPrice.amount), expectedCurrency: expectedUnitPrice.currency }
        : {}),
    })),
    cardToken: paymentMethod,
    reference: reference ?? null,
  };
}
