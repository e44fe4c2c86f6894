import { Injectable } from '@nestjs/common';
import { IsNull, type FindOptionsWhere } from 'typeorm';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { Account, Credential } from '../domain/account.js';
import { AccountEntity } from './account.entity.js';

/** What is stored of a new account. */
export interface NewAccountRow {
  readonly id: string;
  readonly email: string;
  readonly emailNormalised: string;
  readonly displayName: string;
  readonly passwordHash: string;
}

/** The accounts; a deleted one is not found. */
@Injectable()
export class Accounts {
  constructor(@InjectDatabase('account') private readonly database: ContextDatabase) {}

  /** @returns undefined when the address is taken */
  async insert(tx: Transaction, account: NewAccountRow): Promise<Account | undefined> {
    const entity = tx.create(AccountEntity, { ...account });
    const inserted = await tx.createQueryBuilder().insert().into(AccountEntity).values(entity).orIgnore().execute();
    const rows = inserted.raw as unknown[];
    return rows.length > 0 ? toAccount(entity) : undefined;
  }

  async isEmailTaken(emailNormalised: string): Promise<boolean> {
    return this.database.readEntities('latest', (manager) => manager.existsBy(AccountEntity, { emailNormalised }));
  }

  async findByEmail(emailNormalised: string, tx?: Transaction): Promise<Credential | undefined> {
    const entity = tx
      ? await tx.findOneBy(AccountEntity, { emailNormalised })
      : await this.database.readEntities('latest', (manager) => manager.findOneBy(AccountEntity, { emailNormalised }));
    return entity ? toCredential(entity) : undefined;
  }

  async findById(id: string): Promise<Credential | undefined> {
    const entity = await this.database.readEntities('own-writes', (manager) =>
      manager.findOneBy(AccountEntity, notDeleted(id)),
    );
    return entity ? toCredential(entity) : undefined;
  }

  async changeDisplayName(tx: Transaction, id: string, displayName: string): Promise<Account | undefined> {
    await tx.update(AccountEntity, notDeleted(id), { displayName });
    const entity = await tx.findOneBy(AccountEntity, notDeleted(id));
    return entity ? toAccount(entity) : undefined;
  }

  async changePassword(tx: Transaction, id: string, passwordHash: string): Promise<void> {
    await tx.update(AccountEntity, notDeleted(id), { passwordHash });
  }

  /** @returns undefined when no account has the address */
  async grantRoles(tx: Transaction, emailNormalised: string, roles: readonly string[]): Promise<Account | undefined> {
    const entity = await tx.findOne(AccountEntity, { where: { emailNormalised }, lock: { mode: 'pessimistic_write' } });
    if (!entity) return undefined;
    entity.roles = [...new Set([...entity.roles, ...roles])].toSorted();
    await tx.update(AccountEntity, { id: entity.id }, { roles: entity.roles });
    return toAccount(entity);
  }

  /** @returns undefined when no account has the address; `revoked` is false when it did not have the role */
  async revokeRole(
    tx: Transaction,
    emailNormalised: string,
    role: string,
  ): Promise<{ account: Account; revoked: boolean } | undefined> {
    const entity = await tx.findOne(AccountEntity, { where: { emailNormalised }, lock: { mode: 'pessimistic_write' } });
    if (!entity) return undefined;
    const revoked = entity.roles.some((held) => held === role);
    entity.roles = entity.roles.filter((held) => held !== role);
    if (revoked) await tx.update(AccountEntity, { id: entity.id }, { roles: entity.roles });
    return { account: toAccount(entity), revoked };
  }

  /** Removes whatever is personal; the id stays, since payments and ledger name it. */
  async anonymise(tx: Transaction, id: string): Promise<void> {
    await tx.update(AccountEntity, notDeleted(id), {
      email: null,
      emailNormalised: null,
      displayName: 'Deleted account',
      passwordHash: '',
      roles: ['customer'],
      deletedAt: () => 'now()',
    });
  }
}

const notDeleted = (id: string): FindOptionsWhere<AccountEntity> => ({ id, deletedAt: IsNull() });

function toCredential(entity: AccountEntity): Credential {
  return { account: toAccount(entity), passwordHash: entity.passwordHash };
}

function toAccount({ id, email, displayName, roles, createdAt }: AccountEntity): Account {
  return { id, email: email ?? '', displayName, roles, createdAt };
}
