/** Account: accounts, sessions, and the mails that owners get. */
export { AccountModule } from './account.module.js';
export { GrantRole } from './grant-role.js';
export { RevokeRole } from './revoke-role.js';
export { SeedStaff } from './seed-staff.js';
export { ACCOUNT_DELETED, ACCOUNT_REGISTERED, type AccountFact } from './account.events.js';
