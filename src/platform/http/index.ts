/** HTTP: the server with its bounds, hooks, validation, problem answers and OpenAPI document. */
export { createHttpApp } from './create-http-app.js';
export { HttpModule } from './http.module.js';
export { sendCached } from './cached-answer.js';
export { FrameworkLogger } from './framework-logger.js';
export { MoneyDto, toMoneyDto } from './money.dto.js';
