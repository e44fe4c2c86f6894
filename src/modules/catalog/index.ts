/**
 * Catalog: lists, search and item pages; it owns price and stock. Other contexts may reserve stock and consume its
 * events; its tables are its own.
 */

/** Wires the context; the table of contents imports it. */
export { CatalogModule } from './catalog.module.js';
/** Price and stock at the moment of paying, on the caller's transaction; never from a cache or a replica. */
export {
  StockReservations,
  type StockRequest,
  type StockDecision,
  type StockLine,
  type StockRow,
} from './stock-reservations.js';
/** `catalog.item-changed.v1`: an item was created, changed or removed by staff; ids and versions only. */
export { ITEM_CHANGED, type ItemChanged } from './catalog.events.js';
/** Streams a product feed into the catalog on a connection of its own. */
export { importFeed, type ImportSummary } from './feed/import-feed.js';
/** Thrown by an import that changes nothing, since its file or its arguments are wrong. */
export { FeedRefusedError } from './feed/feed-refused.js';
/** Adds many items that are not there yet, and says which numbered SKUs there are: for commands that make items up. */
export { addItems, lastNumberedSku, type ItemSource } from './add-items.js';
export type { NewItem } from './domain/item.js';
