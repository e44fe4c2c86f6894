import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import { ACCOUNT_REGISTERED, type AccountFact } from './account.events.js';
import { AccountProblems } from './account.problems.js';
import type { Account } from './domain/account.js';
import { normaliseEmail } from './domain/email-address.js';
import { Passwords } from './passwords/passwords.js';
import { Accounts } from './persistence/accounts.js';

/** What a new account needs. */
export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
}

/** Opens an account. */
@Injectable()
export class SignUp {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly passwords: Passwords,
    private readonly idempotency: Idempotency,
    private readonly outbox: Outbox,
  ) {}

  /** @throws Problem `email_taken`, or `validation_failed` for a password that is in a list of known ones */
  async execute({ email, password, displayName }: NewAccount): Promise<Account> {
    this.passwords.assertAcceptable(password, email);
    const emailNormalised = normaliseEmail(email);
    // Checked before the costly hash; the unique constraint decides.
    if (await this.accounts.isEmailTaken(emailNormalised)) throw emailTaken();
    const passwordHash = await this.passwords.hash(password);
    return this.database.transaction(async (tx) => {
      const id = this.idempotency.workId();
      const account = await this.accounts.insert(tx, { id, email, emailNormalised, displayName, passwordHash });
      if (!account) throw emailTaken();
      const payload: AccountFact = { accountId: id };
      await this.outbox.append(tx, {
        id: uuidv7(),
        type: ACCOUNT_REGISTERED,
        aggregateType: 'account',
        aggregateId: id,
        occurredAt: new Date(),
        payload,
      });
      await this.idempotency.answer(tx, account);
      return account;
    });
  }
}

const emailTaken = () => AccountProblems.email_taken('An account with this mail address already exists.');
