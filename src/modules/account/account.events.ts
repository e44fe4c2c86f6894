/** Facts that the account context publishes; they name accounts by id and hold nothing personal. */
export const ACCOUNT_REGISTERED = 'account.account-registered.v1';
export const ACCOUNT_DELETED = 'account.account-deleted.v1';
export const PASSWORD_CHANGED = 'account.password-changed.v1';
export const PASSWORD_RESET_REQUESTED = 'account.password-reset-requested.v1';
export const REFRESH_TOKEN_REUSED = 'account.refresh-token-reused.v1';
export const ROLE_REVOKED = 'account.role-revoked.v1';

/** Payload of every event about an account as a whole. */
export interface AccountFact {
  readonly accountId: string;
}

/** A reset was requested; its token is derived where the mail is written, and is in no event. */
export interface PasswordResetRequested extends AccountFact {
  readonly resetId: string;
}

/** A refresh token was used a second time, so its session was ended. */
export interface RefreshTokenReused extends AccountFact {
  readonly sessionId: string;
}

/** An operator took a role from the account. */
export interface RoleRevoked extends AccountFact {
  readonly role: string;
}
