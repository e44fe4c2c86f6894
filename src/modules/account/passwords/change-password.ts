import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { Idempotency } from '../../../platform/idempotency/index.js';
import type { Caller } from '../../../platform/identity/index.js';
import { Outbox } from '../../../platform/outbox/index.js';
import { HttpProblems } from '../../../platform/problems/index.js';
import { PASSWORD_CHANGED, type AccountFact } from '../account.events.js';
import { AccountProblems } from '../account.problems.js';
import { normaliseEmail } from '../domain/email-address.js';
import { Accounts } from '../persistence/accounts.js';
import { Sessions } from '../persistence/sessions.js';
import { LoginThrottle } from '../sessions/login-throttle.js';
import { Passwords } from './passwords.js';

/** Changes the caller's password after checking the old one, and ends their other sessions. */
@Injectable()
export class ChangePassword {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly idempotency: Idempotency,
    private readonly outbox: Outbox,
  ) {}

  /** @throws Problem `invalid_credentials`, `login_backoff`, `validation_failed` */
  async execute(
    caller: Caller,
    { currentPassword, newPassword, address }: { currentPassword: string; newPassword: string; address: string },
  ): Promise<void> {
    const credential = await this.accounts.findById(caller.accountId);
    if (!credential) throw HttpProblems.unauthenticated('The account was deleted.');
    this.passwords.assertAcceptable(newPassword, credential.account.email, '/newPassword');
    // A stolen session must not become an oracle for the password.
    const keys = await this.throttle.reserve({
      emailNormalised: `${normaliseEmail(credential.account.email)} change`,
      address,
    });
    const isRight = await this.throttle.verify(keys, () =>
      this.passwords.isRight(currentPassword, credential.passwordHash),
    );
    if (!isRight) throw AccountProblems.invalid_credentials('The current password is wrong.');
    await this.throttle.reset(keys);

    const passwordHash = await this.passwords.hash(newPassword);
    await this.database.transaction(async (tx) => {
      await this.accounts.changePassword(tx, caller.accountId, passwordHash);
      await this.sessions.endAll(tx, caller.accountId, 'password-changed', caller.sessionId);
      const payload: AccountFact = { accountId: caller.accountId };
      await this.outbox.append(tx, {
        id: uuidv7(),
        type: PASSWORD_CHANGED,
        aggregateType: 'account',
        aggregateId: caller.accountId,
        occurredAt: new Date(),
        payload,
      });
      await this.idempotency.answer(tx, undefined);
    });
  }
}
