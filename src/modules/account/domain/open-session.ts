import type { Account } from './account.js';

/** A session with the tokens that its owner gets; none of them is kept as it is. */
export interface OpenSession {
  readonly account: Account;
  readonly accessToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly refreshToken: string;
}
