/**
 * HTTP: the server with its bounds, hooks, validation, problem answers and OpenAPI document.
 *
 * More than a dozen files, and still one capability: each is about what all routes have in common, and one rule shows
 * in several of them (a hook or pipe enforces it, the filter answers for it, the document describes it).
 */
export { createHttpApp } from './create-http-app.js';
export { FrameworkLogger } from './framework-logger.js';
export { MoneyDto, toMoneyDto } from './money.dto.js';
export { LimitQueryDto } from './limit-query.dto.js';
export { PageQueryDto } from './page-query.dto.js';
export { readCursor, writeCursor } from './cursor.js';
export { readPage, type Page, type PageQuery } from './page.js';
