import { HttpProblems, type Problem } from '../../../platform/problems/index.js';
import { CatalogProblems } from '../catalog.problems.js';
import { ITEM_BOUNDS } from '../domain/item.js';
import { isCurrency } from '../domain/price.js';

/** What an item costs, in minor units of an ISO 4217 currency. */
export interface Price {
  readonly amount: number;
  readonly currency: string;
}

/** @throws Problem `validation_failed` for a price of zero, one beyond the bound, or one in an unknown currency */
export function assertSellable({ amount, currency }: Price): void {
  if (!isCurrency(currency)) throw invalid('/price/currency', 'must be an ISO 4217 code in use');
  if (amount < 1 || amount > ITEM_BOUNDS.priceMinorMax)
    throw invalid('/price/amount', `must be between 1 and ${ITEM_BOUNDS.priceMinorMax}`);
}

/** @throws Problem `validation_failed` naming the first unknown slug */
export function assertCategoriesKnown(unknown: readonly string[]): void {
  if (unknown.length > 0)
    throw invalid('/categories', `must be existing categories; ${JSON.stringify(unknown[0])} is not`);
}

export const noSuchItem = (): Problem => HttpProblems.not_found('There is no item with this id.');

export const versionMismatch = (version: number): Problem =>
  CatalogProblems.version_mismatch(
    `The item is at version ${version} now, or its stock has changed; the request was based on an older state.`,
  );

export const skuTaken = (sku: string | undefined): Problem =>
  CatalogProblems.sku_taken(`Another item has the SKU ${JSON.stringify(sku)}.`);

function invalid(pointer: string, message: string): Problem {
  return HttpProblems.validation_failed('The request is not valid; `errors` names the fields.', {
    errors: [{ pointer, message }],
  });
}
