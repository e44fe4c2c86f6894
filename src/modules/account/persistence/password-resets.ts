import { Injectable } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { IsNull, Raw, type FindOptionsWhere } from 'typeorm';
import { InjectConfig, deriveKey, type Config } from '../../../platform/config/index.js';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import { hashToken } from '../domain/token-hash.js';
import { PasswordResetEntity } from './password-reset.entity.js';

export const RESET_TTL_MINUTES = 30;
/** More open resets than this are not mailed, so that a stranger cannot fill a mailbox. */
const OPEN_RESETS_MAX = 3;

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

  /** Counts and writes in one statement. @returns false when the account has too many; nothing is written then */
  async insert(tx: Transaction, resetId: string, accountId: string): Promise<boolean> {
    const rows: unknown[] = await tx.query(
      `INSERT INTO account.password_resets (id, account_id, token_hash, expires_at)
       SELECT $1, $2, $3, now() + make_interval(mins => $4)
        WHERE (SELECT count(*) FROM account.password_resets
                WHERE account_id = $2 AND created_at > now() - make_interval(mins => $4)) < $5
       RETURNING id`,
      [resetId, accountId, hashToken(this.tokenOf(resetId)), RESET_TTL_MINUTES, OPEN_RESETS_MAX],
    );
    return rows.length > 0;
  }

  /** The account that a token stands for; undefined when the token is unknown, used, superseded or expired. */
  async findAccount(token: string): Promise<{ accountId: string; email: string } | undefined> {
    const reset = await this.database.primary.findOne(PasswordResetEntity, {
      where: { ...open(token), account: { deletedAt: IsNull() } },
      relations: { account: true },
    });
    return reset ? { accountId: reset.accountId, email: reset.account.email ?? '' } : undefined;
  }

  /** Uses the token and every other open one of the account. @returns false when another request used it first */
  async use(tx: Transaction, token: string): Promise<boolean> {
    const usedAt = (): string => 'now()';
    const { affected } = await tx.update(PasswordResetEntity, open(token), { usedAt });
    if (affected !== 1) return false;
    const { accountId } = await tx.findOneByOrFail(PasswordResetEntity, { tokenHash: hashToken(token) });
    await tx.update(PasswordResetEntity, { accountId, usedAt: IsNull() }, { usedAt });
    return true;
  }
}

const open = (token: string): FindOptionsWhere<PasswordResetEntity> => ({
  tokenHash: hashToken(token),
  usedAt: IsNull(),
  expiresAt: Raw((column) => `${column} > now()`),
});
