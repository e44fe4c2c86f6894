import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import { ACCOUNT_DELETED, type AccountFact } from './account.events.js';
import { Accounts } from './persistence/accounts.js';
import { Sessions } from './persistence/sessions.js';

/** Deletes an account: personal data is removed, all sessions end, payments and ledger stay. */
@Injectable()
export class DeleteAccount {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly idempotency: Idempotency,
    private readonly outbox: Outbox,
  ) {}

  async execute(accountId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.accounts.anonymise(tx, accountId);
      await this.sessions.endAll(tx, accountId, 'account-deleted');
      const payload: AccountFact = { accountId };
      await this.outbox.append(tx, {
        id: uuidv7(),
        type: ACCOUNT_DELETED,
        aggregateType: 'account',
        aggregateId: accountId,
        occurredAt: new Date(),
        payload,
      });
      await this.idempotency.answer(tx, undefined);
    });
  }
}
