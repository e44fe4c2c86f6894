import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import { Idempotency } from '../../../platform/idempotency/index.js';
import { Outbox } from '../../../platform/outbox/index.js';
import { PASSWORD_RESET_REQUESTED, type PasswordResetRequested } from '../account.events.js';
import { normaliseEmail } from '../domain/email-address.js';
import { Accounts } from '../persistence/accounts.js';
import { PasswordResets } from '../persistence/password-resets.js';

/** Mails a token for a new password; the answer is the same whether or not the account exists. */
@Injectable()
export class RequestPasswordReset {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly resets: PasswordResets,
    private readonly idempotency: Idempotency,
    private readonly outbox: Outbox,
  ) {}

  async execute(email: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const credential = await this.accounts.findByEmail(normaliseEmail(email), tx);
      if (credential) await this.open(tx, credential.account.id);
      await this.idempotency.answer(tx, undefined);
    });
  }

  private async open(tx: Transaction, accountId: string): Promise<void> {
    const resetId = this.idempotency.workId();
    if (!(await this.resets.insert(tx, resetId, accountId))) return;
    const payload: PasswordResetRequested = { accountId, resetId };
    await this.outbox.append(tx, {
      id: uuidv7(),
      type: PASSWORD_RESET_REQUESTED,
      aggregateType: 'account',
      aggregateId: accountId,
      occurredAt: new Date(),
      payload,
    });
  }
}
