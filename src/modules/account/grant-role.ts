import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import type { Role } from '../../platform/identity/index.js';
import type { Account } from './domain/account.js';
import { normaliseEmail } from './domain/email-address.js';
import { Accounts } from './persistence/accounts.js';

/** Grants roles to an account; they apply at once, also in open sessions. */
@Injectable()
export class GrantRole {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
  ) {}

  /** @returns undefined when no account has this address */
  async execute(email: string, ...roles: Role[]): Promise<Account | undefined> {
    return this.database.transaction((tx) => this.accounts.grantRoles(tx, normaliseEmail(email), roles));
  }
}
