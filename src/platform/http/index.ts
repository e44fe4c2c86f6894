/** HTTP: the server with its bounds, hooks, validation, problem answers and OpenAPI document. */
export { createHttpApp } from './create-http-app.js';
export { HttpModule } from './http.module.js';
export { FrameworkLogger } from './framework-logger.js';
export { MoneyDto, toMoneyDto } from './money.dto.js';
export { PageQueryDto } from './page-query.dto.js';
export { readCursor, writeCursor } from './cursor.js';
export { readPage, type Page, type PageQuery } from './page.js';
