import type { TableRetention } from '../../../platform/retention/index.js';

/** How long the rows of this schema stay. */
export const catalogRetention: Readonly<Record<string, TableRetention>> = {
  items: { keptForGood: 'A removed item is marked, not deleted: lines of payments name it.' },
  stock: { keptForGood: 'A row an item, from which a failed payment may still release its stock.' },
  categories: { keptForGood: 'A few hundred, and each is shown.' },
  title_words: { keptForGood: 'The vocabulary of the titles, bounded by the language.' },
  item_categories: { endsOtherwise: 'Triggers of catalog.items keep it as the items are.' },
  invalidation_log: {
    endsOtherwise: 'PublishInvalidations deletes what it has published; until then no age makes a change worthless.',
  },
};
