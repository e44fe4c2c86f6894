import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import { AccessTokens } from '../../../platform/identity/index.js';
import { logger } from '../../../platform/observability/index.js';
import { Outbox } from '../../../platform/outbox/index.js';
import { REFRESH_TOKEN_REUSED, type RefreshTokenReused } from '../account.events.js';
import { AccountProblems } from '../account.problems.js';
import type { OpenSession } from '../domain/open-session.js';
import { Accounts } from '../persistence/accounts.js';
import { Sessions } from '../persistence/sessions.js';

/** Rotates a refresh token. One that is used twice was stolen or lost: its session ends. */
@Injectable()
export class RefreshSession {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly tokens: AccessTokens,
    private readonly outbox: Outbox,
  ) {}

  /** @throws Problem `refresh_token_invalid` */
  async execute(refreshToken: string): Promise<OpenSession> {
    const renewed = await this.database.transaction((tx) => this.rotate(tx, refreshToken));
    // Thrown after the commit: the end of the session must not roll back with the refusal.
    if (!renewed)
      throw AccountProblems.refresh_token_invalid('The refresh token is unknown, used, or its session has ended.');
    const credential = await this.accounts.findById(renewed.accountId);
    if (!credential) throw AccountProblems.refresh_token_invalid('The account was deleted.');
    const { token, expiresIn } = await this.tokens.sign(renewed);
    return { account: credential.account, accessToken: token, expiresIn, refreshToken: renewed.refreshToken };
  }

  private async rotate(
    tx: Transaction,
    token: string,
  ): Promise<{ accountId: string; sessionId: string; refreshToken: string } | undefined> {
    const outcome = await this.sessions.useRefreshToken(tx, token);
    if (outcome.kind === 'unknown') return undefined;
    const { accountId, sessionId } = outcome;
    if (outcome.kind === 'used')
      return { accountId, sessionId, refreshToken: await this.sessions.addRefreshToken(tx, sessionId) };
    await this.sessions.end(tx, sessionId, 'refresh-token-reused');
    const payload: RefreshTokenReused = { accountId, sessionId };
    await this.outbox.append(tx, {
      id: uuidv7(),
      type: REFRESH_TOKEN_REUSED,
      aggregateType: 'account',
      aggregateId: accountId,
      occurredAt: new Date(),
      payload,
    });
    logger.warn(
      { accountId, sessionId, audit: 'refresh-token-reused' },
      'A refresh token was used twice; its session was ended.',
    );
    return undefined;
  }
}
