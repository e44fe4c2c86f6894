import { IdempotencyModule, IdempotentRequests } from '../../../src/platform/idempotency/index.js';
import { replaceProvider } from './replace-provider.js';
import { UnprotectedRequests } from './unprotected-requests.js';

/** Loaded before the product's own entry file, in each of its processes: a request acts each time it is sent. */
replaceProvider(IdempotencyModule, IdempotentRequests, UnprotectedRequests);
