import { HttpProblems, type Problem } from '../../../platform/problems/index.js';
import { CatalogProblems } from '../catalog.problems.js';
import { isCurrency } from '../domain/price.js';
import { ITEM_BOUNDS } from '../domain/item.js';

/** @throws Problem `validation_failed` for a price of nothing, an absurd one, or one in a currency that is none */
export function assertSellable({ amount, currency }: { amount: number; currency: string }): void {
  if (!isCurrency(currency)) throw invalid('/price/currency', 'must be an ISO 4217 code in use');
  if (amount < 1 || amount > ITEM_BOUNDS.priceMinorMax)
    throw invalid('/price/amount', `must be between 1 and ${ITEM_BOUNDS.priceMinorMax}`);
}

/** @throws Problem `validation_failed` naming the first slug that is no category */
export function assertCategoriesKnown(unknown: readonly string[]): void {
  if (unknown.length > 0)
    throw invalid('/categories', `must be categories that are there; ${JSON.stringify(unknown[0])} is not`);
}

export const noSuchItem = (): Problem => HttpProblems.not_found('There is no item with this id.');

export const somebodyElseWasFirst = (version: number): Problem =>
  CatalogProblems.version_mismatch(
    `The item is at version ${version} now, or its stock has moved; the change was based on something older.`,
  );

function invalid(pointer: string, message: string): Problem {
  return HttpProblems.validation_failed('The request is not valid; `errors` names the fields.', {
    errors: [{ pointer, message }],
  });
}
