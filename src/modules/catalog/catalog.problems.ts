import { defineProblems } from '../../platform/problems/index.js';

/** What the catalog refuses beyond what any route may. */
export const CatalogProblems = defineProblems({
  version_mismatch: {
    status: 412,
    title: 'Precondition failed',
    repair: 'Read the item again, compare what changed, and repeat the change with its new `ETag`.',
    log: 'info',
    retry: false,
  },
  sku_taken: {
    status: 409,
    title: 'The SKU is taken',
    repair: 'Choose another SKU, or change the item that has it.',
    log: 'info',
    retry: false,
  },
});
