import { Injectable } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { InjectConfig, deriveKey, type Config } from '../../../platform/config/index.js';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import { hashToken } from './sessions.js';

export const RESET_TTL_MINUTES = 30;
/** More resets than this within their life are not mailed: nobody may fill another's mailbox. */
const LIVING_RESETS_MAX = 3;

/**
 * Password resets. The token is derived from the reset's id with a key that only the processes have, so that
 * neither an event nor the database ever holds it.
 */
@Injectable()
export class PasswordResets {
  private readonly key: Buffer;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('account') private readonly database: ContextDatabase,
  ) {
    this.key = deriveKey(config.secret, 'account/password-reset-token/v1');
  }

  tokenOf(resetId: string): string {
    return createHmac('sha256', this.key).update(resetId).digest('base64url');
  }

  /** @returns false when the account has asked too often; nothing is written then */
  async insert(tx: Transaction, resetId: string, accountId: string): Promise<boolean> {
    const rows: unknown[] = await tx.query(
      `INSERT INTO account.password_resets (id, account_id, token_hash, expires_at)
       SELECT $1, $2, $3, now() + make_interval(mins => $4)
       WHERE (SELECT count(*) FROM account.password_resets WHERE account_id = $2 AND created_at > now() - make_interval(mins => $4)) < $5
       RETURNING id`,
      [resetId, accountId, hashToken(this.tokenOf(resetId)), RESET_TTL_MINUTES, LIVING_RESETS_MAX],
    );
    return rows.length > 0;
  }

  /** The living account that a token stands for; undefined when it is unknown, used, superseded or has run out. */
  async findAccount(token: string): Promise<{ accountId: string; email: string } | undefined> {
    const rows: { account_id: string; email: string }[] = await this.database.primary.query(
      `SELECT reset.account_id, account.email FROM account.password_resets reset JOIN account.accounts account ON account.id = reset.account_id
       WHERE reset.token_hash = $1 AND reset.used_at IS NULL AND reset.expires_at > now() AND account.deleted_at IS NULL`,
      [hashToken(token)],
    );
    return rows[0] && { accountId: rows[0].account_id, email: rows[0].email };
  }

  /** Uses the token and, with it, every other that the account has open. @returns false when somebody was first */
  async use(tx: Transaction, token: string): Promise<boolean> {
    const [used]: [{ account_id: string }[], number] = await tx.query(
      'UPDATE account.password_resets SET used_at = now() WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now() RETURNING account_id',
      [hashToken(token)],
    );
    if (!used[0]) return false;
    await tx.query('UPDATE account.password_resets SET used_at = now() WHERE account_id = $1 AND used_at IS NULL', [
      used[0].account_id,
    ]);
    return true;
  }
}
