/** Identity: callers, by a signed token whose session is checked on each request (ADR 009). */
export { IdentityModule } from './identity.module.js';
export { Authenticated, CurrentCaller, RequiresRole } from './identity.decorators.js';
export { ROLES, callerOf, type Caller, type Role } from './caller.js';
export { SESSION_GATE, type LiveSession, type SessionGate } from './session-gate.js';
export { AccessTokens } from './access-tokens.js';
export { SigningKeys } from './signing-keys.js';
export { seal, unseal } from './seal.js';
