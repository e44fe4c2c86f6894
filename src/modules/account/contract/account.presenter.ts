import type { Answer } from '../../../platform/idempotency/index.js';
import type { Account } from '../domain/account.js';
import type { AccountDto } from './account.dto.js';

/** The account as its owner sees it. */
export function presentAccount({ id, email, displayName, roles, createdAt }: Account): AccountDto {
  return { id, email, displayName, roles: [...roles], createdAt: createdAt.toISOString() };
}

/** What a sign-up answers. */
export const presentNewAccount = (account: Account): Answer => ({
  status: 201,
  body: presentAccount(account),
  headers: { location: '/v1/me' },
});

/** What a change of the profile answers. */
export const presentChangedAccount = (account: Account): Answer => ({ status: 200, body: presentAccount(account) });
