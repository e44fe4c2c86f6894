import { Injectable } from '@nestjs/common';
import { HttpProblems } from '../../platform/problems/index.js';
import type { Account } from './domain/account.js';
import { Accounts } from './persistence/accounts.js';

/** The caller's own account. */
@Injectable()
export class ReadProfile {
  constructor(private readonly accounts: Accounts) {}

  async execute(accountId: string): Promise<Account> {
    const credential = await this.accounts.findById(accountId);
    if (!credential) throw HttpProblems.unauthenticated('The account was deleted.');
    return credential.account;
  }
}
