import type { DatabaseContext } from '../config/index.js';

/** Every context that has a schema, a role and pools. */
export const CONTEXTS: readonly DatabaseContext[] = ['catalog', 'account', 'payments', 'platform'];
