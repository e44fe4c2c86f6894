import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { Idempotency } from '../../../platform/idempotency/index.js';
import { Outbox } from '../../../platform/outbox/index.js';
import { PASSWORD_CHANGED, type AccountFact } from '../account.events.js';
import { AccountProblems } from '../account.problems.js';
import { Accounts } from '../persistence/accounts.js';
import { PasswordResets } from '../persistence/password-resets.js';
import { Sessions } from '../persistence/sessions.js';
import { Passwords } from './passwords.js';

/** Sets a new password by a mailed token and ends every session. */
@Injectable()
export class ResetPassword {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly resets: PasswordResets,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly idempotency: Idempotency,
    private readonly outbox: Outbox,
  ) {}

  /** @throws Problem `password_reset_invalid`, `validation_failed` */
  async execute(token: string, password: string): Promise<void> {
    const reset = await this.resets.findAccount(token);
    if (!reset) throw invalidToken();
    const { accountId, email } = reset;
    this.passwords.assertAcceptable(password, email);
    const passwordHash = await this.passwords.hash(password);
    await this.database.transaction(async (tx) => {
      if (!(await this.resets.use(tx, token))) throw invalidToken();
      await this.accounts.changePassword(tx, accountId, passwordHash);
      await this.sessions.endAll(tx, accountId, 'password-reset');
      const payload: AccountFact = { accountId };
      await this.outbox.append(tx, {
        id: uuidv7(),
        type: PASSWORD_CHANGED,
        aggregateType: 'account',
        aggregateId: accountId,
        occurredAt: new Date(),
        payload,
      });
      await this.idempotency.answer(tx, undefined);
    });
  }
}

const invalidToken = () => AccountProblems.password_reset_invalid('The token is unknown, used or expired.');
