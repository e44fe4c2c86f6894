import { CacheModule, Caches } from '../../../src/platform/cache/index.js';
import { replaceProvider } from './replace-provider.js';
import { UnprotectedCaches } from './unprotected-caches.js';

/** Loaded before the product's own entry file, in each of its processes: no key is protected when it expires. */
replaceProvider(CacheModule, Caches, UnprotectedCaches);
