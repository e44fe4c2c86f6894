import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import type { Role } from '../../platform/identity/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import { ROLE_REVOKED, type RoleRevoked } from './account.events.js';
import type { Account } from './domain/account.js';
import { normaliseEmail } from './domain/email-address.js';
import { Accounts } from './persistence/accounts.js';

/** Takes a role from an account, at once, also in open sessions; what the role held ends by the event. */
@Injectable()
export class RevokeRole {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly outbox: Outbox,
  ) {}

  /** @returns undefined when no account has this address; `revoked` is false when it did not have the role */
  async execute(email: string, role: Role): Promise<{ account: Account; revoked: boolean } | undefined> {
    return this.database.transaction(async (tx) => {
      const found = await this.accounts.revokeRole(tx, normaliseEmail(email), role);
      if (found?.revoked) {
        const payload: RoleRevoked = { accountId: found.account.id, role };
        await this.outbox.append(tx, {
          id: uuidv7(),
          type: ROLE_REVOKED,
          aggregateType: 'account',
          aggregateId: found.account.id,
          occurredAt: new Date(),
          payload,
        });
      }
      return found;
    });
  }
}
