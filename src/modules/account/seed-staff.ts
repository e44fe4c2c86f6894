import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import type { Role } from '../../platform/identity/index.js';
import { normaliseEmail } from './domain/email-address.js';
import { Passwords } from './passwords/passwords.js';
import { Accounts } from './persistence/accounts.js';

const STAFF_ROLES: readonly Role[] = ['merchandiser', 'finance', 'partner'];

/** Makes sure that the first member of staff has an account, with this password and every role. */
@Injectable()
export class SeedStaff {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly passwords: Passwords,
  ) {}

  async execute(email: string, password: string): Promise<void> {
    const emailNormalised = normaliseEmail(email);
    const known = await this.accounts.findByEmail(emailNormalised);
    const isCurrent = known !== undefined && (await this.passwords.isRight(password, known.passwordHash));
    const passwordHash = isCurrent ? known.passwordHash : await this.passwords.hash(password);
    await this.database.transaction(async (tx) => {
      if (!known)
        await this.accounts.insert(tx, { id: uuidv7(), email, emailNormalised, displayName: 'Staff', passwordHash });
      else if (!isCurrent) await this.accounts.changePassword(tx, known.account.id, passwordHash);
      await this.accounts.grantRoles(tx, emailNormalised, STAFF_ROLES);
    });
  }
}
