import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { Role } from '../../../platform/identity/index.js';

/** An account as its owner sees it. */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly roles: readonly Role[];
  readonly createdAt: Date;
}

/** What a login needs. */
export interface Credential {
  readonly account: Account;
  readonly passwordHash: string;
}

interface Row {
  id: string;
  email: string;
  display_name: string;
  roles: Role[];
  created_at: Date;
  password_hash: string;
}

const COLUMNS = 'id, email, display_name, roles, created_at, password_hash';

/** The accounts that live; a deleted one is found by nobody. */
@Injectable()
export class Accounts {
  constructor(@InjectDatabase('account') private readonly database: ContextDatabase) {}

  /** @returns undefined when the address is taken */
  async insert(
    tx: Transaction,
    {
      id,
      email,
      emailNormalised,
      displayName,
      passwordHash,
    }: { id: string; email: string; emailNormalised: string; displayName: string; passwordHash: string },
  ): Promise<Account | undefined> {
    const rows: Row[] = await tx.query(
      `INSERT INTO account.accounts (id, email, email_normalised, display_name, password_hash) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT ON CONSTRAINT accounts_email_unique DO NOTHING RETURNING ${COLUMNS}`,
      [id, email, emailNormalised, displayName, passwordHash],
    );
    return rows[0] && toAccount(rows[0]);
  }

  async isEmailTaken(emailNormalised: string): Promise<boolean> {
    const rows = await this.database.read(
      'SELECT 1 FROM account.accounts WHERE email_normalised = $1',
      [emailNormalised],
      'latest',
    );
    return rows.length > 0;
  }

  async findByEmail(emailNormalised: string, tx?: Transaction): Promise<Credential | undefined> {
    const statement = `SELECT ${COLUMNS} FROM account.accounts WHERE email_normalised = $1`;
    const rows: Row[] = tx
      ? await tx.query(statement, [emailNormalised])
      : await this.database.read<Row>(statement, [emailNormalised], 'latest');
    return rows[0] && { account: toAccount(rows[0]), passwordHash: rows[0].password_hash };
  }

  async findById(id: string): Promise<Credential | undefined> {
    const rows = await this.database.read<Row>(
      `SELECT ${COLUMNS} FROM account.accounts WHERE id = $1 AND deleted_at IS NULL`,
      [id],
      'own-writes',
    );
    return rows[0] && { account: toAccount(rows[0]), passwordHash: rows[0].password_hash };
  }

  async changeDisplayName(tx: Transaction, id: string, displayName: string): Promise<Account | undefined> {
    return one(
      await tx.query(
        `UPDATE account.accounts SET display_name = $2, updated_at = now() WHERE id = $1 AND deleted_at IS NULL RETURNING ${COLUMNS}`,
        [id, displayName],
      ),
    );
  }

  async changePassword(tx: Transaction, id: string, passwordHash: string): Promise<Account | undefined> {
    return one(
      await tx.query(
        `UPDATE account.accounts SET password_hash = $2, updated_at = now() WHERE id = $1 AND deleted_at IS NULL RETURNING ${COLUMNS}`,
        [id, passwordHash],
      ),
    );
  }

  async grantRoles(tx: Transaction, emailNormalised: string, roles: readonly Role[]): Promise<Account | undefined> {
    return one(
      await tx.query(
        `UPDATE account.accounts SET roles = ARRAY(SELECT DISTINCT unnest(roles || $2::text[]) ORDER BY 1), updated_at = now()
         WHERE email_normalised = $1 RETURNING ${COLUMNS}`,
        [emailNormalised, roles],
      ),
    );
  }

  /** Removes whatever is personal; the id stays, since payments and ledger name it. */
  async anonymise(tx: Transaction, id: string): Promise<void> {
    await tx.query(
      `UPDATE account.accounts SET email = NULL, email_normalised = NULL, display_name = 'Deleted account', password_hash = '', roles = '{customer}',
         deleted_at = now(), updated_at = now()
       WHERE id = $1 AND deleted_at IS NULL`,
      [id],
    );
  }
}

/** The driver answers an UPDATE with its rows and their number. */
function one([rows]: [Row[], number]): Account | undefined {
  return rows[0] && toAccount(rows[0]);
}

function toAccount(row: Row): Account {
  return { id: row.id, email: row.email, displayName: row.display_name, roles: row.roles, createdAt: row.created_at };
}
