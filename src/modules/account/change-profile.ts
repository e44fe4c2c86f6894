import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { HttpProblems } from '../../platform/problems/index.js';
import { toAccountDto, type AccountDto } from './contract/account.dto.js';
import { Accounts } from './persistence/accounts.js';

/** Changes what the caller may change of their own account. */
@Injectable()
export class ChangeProfile {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly idempotency: Idempotency,
  ) {}

  async execute(accountId: string, { displayName }: { displayName: string }): Promise<AccountDto> {
    return this.database.transaction(async (tx) => {
      const account = await this.accounts.changeDisplayName(tx, accountId, displayName);
      if (!account) throw HttpProblems.unauthenticated('The account is gone.');
      const body = toAccountDto(account);
      await this.idempotency.answer(tx, { status: 200, body });
      return body;
    });
  }
}
