import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { HttpProblems } from '../../platform/problems/index.js';
import type { Account } from './domain/account.js';
import { Accounts } from './persistence/accounts.js';

/** Changes what the caller may change of their own account. */
@Injectable()
export class ChangeProfile {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly idempotency: Idempotency,
  ) {}

  async execute(accountId: string, { displayName }: { displayName: string }): Promise<Account> {
    return this.database.transaction(async (tx) => {
      const account = await this.accounts.changeDisplayName(tx, accountId, displayName);
      if (!account) throw HttpProblems.unauthenticated('The account was deleted.');
      await this.idempotency.answer(tx, account);
      return account;
    });
  }
}
