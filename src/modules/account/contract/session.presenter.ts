import type { OpenSession } from '../domain/open-session.js';
import { presentAccount } from './account.presenter.js';
import type { SessionDto } from './session.dto.js';

/** The tokens of a session, with its account. */
export function presentSession({ account, accessToken, expiresIn, refreshToken }: OpenSession): SessionDto {
  return { accessToken, tokenType: 'Bearer', expiresIn, refreshToken, account: presentAccount(account) };
}
