import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { IsNull, Not } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { InjectConfig, type Config } from '../../../platform/config/index.js';
import {
  ContextDatabase,
  InjectDatabase,
  type Freshness,
  type Transaction,
  writesFor,
} from '../../../platform/database/index.js';
import type { LiveSession, Role, SessionGate } from '../../../platform/identity/index.js';
import { hashToken } from '../domain/token-hash.js';
import { RefreshTokenEntity } from './refresh-token.entity.js';
import { SessionEntity } from './session.entity.js';

/** Why a session ended, for the audit. */
export type EndReason =
  'signed-out' | 'password-changed' | 'password-reset' | 'refresh-token-reused' | 'account-deleted';

/** What using a refresh token found. */
export type RefreshOutcome =
  | { readonly kind: 'used'; readonly sessionId: string; readonly accountId: string }
  | { readonly kind: 'reused'; readonly sessionId: string; readonly accountId: string }
  | { readonly kind: 'unknown' };

const TOKEN_BYTES = 32;
const OPEN_SESSION = 'session.ended_at IS NULL AND session.expires_at > now() AND account.deleted_at IS NULL';

/** Sessions and their refresh tokens, of which only hashes are kept: 32 random bytes need no slow hash. */
@Injectable()
export class Sessions implements SessionGate {
  private readonly ttlSeconds: number;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('account') private readonly database: ContextDatabase,
  ) {
    this.ttlSeconds = config.identity.refreshTokenTtlSeconds;
  }

  async find(sessionId: string): Promise<LiveSession | undefined> {
    return this.findWith(sessionId, 'own-writes');
  }

  async findLatest(sessionId: string): Promise<LiveSession | undefined> {
    return this.findWith(sessionId, 'latest');
  }

  private async findWith(sessionId: string, freshness: Freshness): Promise<LiveSession | undefined> {
    const [row] = await this.database.read<{ account_id: string; roles: Role[] }>(
      `SELECT session.account_id, account.roles
         FROM account.sessions session JOIN account.accounts account ON account.id = session.account_id
        WHERE session.id = $1 AND ${OPEN_SESSION}`,
      [sessionId],
      freshness,
    );
    return row && { accountId: row.account_id, roles: row.roles };
  }

  /**
   * Begins a session. The lock on the account lets a change of the password, which ends all sessions, either see
   * this one or be seen by it: a login with the old password cannot open a session after the change.
   * @returns its id and first refresh token, which is not stored; undefined when the password hash has changed
   */
  async begin(
    tx: Transaction,
    accountId: string,
    passwordHash: string,
  ): Promise<{ sessionId: string; refreshToken: string } | undefined> {
    const sessionId = uuidv7();
    const begun: unknown[] = await tx.query(
      `INSERT INTO account.sessions (id, account_id, expires_at)
       SELECT $1, id, now() + make_interval(secs => $3)
         FROM account.accounts WHERE id = $2 AND password_hash = $4 AND deleted_at IS NULL FOR SHARE
       RETURNING id`,
      [sessionId, accountId, this.ttlSeconds, passwordHash],
    );
    if (begun.length === 0) return undefined;
    writesFor(accountId);
    return { sessionId, refreshToken: await this.addRefreshToken(tx, sessionId) };
  }

  async addRefreshToken(tx: Transaction, sessionId: string): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await tx.insert(RefreshTokenEntity, { tokenHash: hashToken(token), sessionId });
    return token;
  }

  /** Marks a refresh token as used; of two requests with the same one, the second has reused it. */
  async useRefreshToken(tx: Transaction, token: string): Promise<RefreshOutcome> {
    const rows: { session_id: string; account_id: string; fresh: boolean }[] = await tx.query(
      `WITH used AS (
         UPDATE account.refresh_tokens SET used_at = now()
          WHERE token_hash = $1 AND used_at IS NULL RETURNING token_hash)
       SELECT token.session_id, session.account_id, EXISTS (SELECT FROM used) AS fresh
         FROM account.refresh_tokens token
         JOIN account.sessions session ON session.id = token.session_id
         JOIN account.accounts account ON account.id = session.account_id
        WHERE token.token_hash = $1 AND ${OPEN_SESSION}`,
      [hashToken(token)],
    );
    const [row] = rows;
    if (!row) return { kind: 'unknown' };
    writesFor(row.account_id);
    return { kind: row.fresh ? 'used' : 'reused', sessionId: row.session_id, accountId: row.account_id };
  }

  async end(tx: Transaction, sessionId: string, reason: EndReason): Promise<void> {
    await tx.update(SessionEntity, { id: sessionId, endedAt: IsNull() }, { endedAt: () => 'now()', endReason: reason });
  }

  /** Ends every session of the account, but one when named. */
  async endAll(tx: Transaction, accountId: string, reason: EndReason, exceptSessionId?: string): Promise<void> {
    writesFor(accountId);
    const others = exceptSessionId === undefined ? {} : { id: Not(exceptSessionId) };
    await tx.update(
      SessionEntity,
      { accountId, endedAt: IsNull(), ...others },
      { endedAt: () => 'now()', endReason: reason },
    );
  }
}
