import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { AccessTokens } from '../../../platform/identity/index.js';
import { accountMetrics } from '../account.metrics.js';
import { AccountProblems } from '../account.problems.js';
import { normaliseEmail } from '../domain/email-address.js';
import type { OpenSession } from '../domain/open-session.js';
import { Passwords } from '../passwords/passwords.js';
import { Accounts } from '../persistence/accounts.js';
import { Sessions } from '../persistence/sessions.js';
import { LoginThrottle } from './login-throttle.js';

/** A login as it arrives. */
export interface Login {
  readonly email: string;
  readonly password: string;
  readonly address: string;
  readonly deviceCookie: string | undefined;
}

/** A login that succeeded. */
export interface LoggedIn {
  readonly session: OpenSession;
  /** By which the device is recognised at its next login to this account. */
  readonly deviceCookie: string;
}

/** Decides about a login; each wrong one gets the same answer after the same time. */
@Injectable()
export class LogIn {
  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly tokens: AccessTokens,
  ) {}

  /** @throws Problem `invalid_credentials`, `login_backoff`, `rate_limited`, `unavailable` */
  async execute({ email, password, address, deviceCookie }: Login): Promise<LoggedIn> {
    const emailNormalised = normaliseEmail(email);
    const keys = await this.throttle.reserve({ emailNormalised, address, deviceCookie });
    const credential = await this.accounts.findByEmail(emailNormalised);
    const isRight = await this.throttle.verify(keys, () => this.passwords.isRight(password, credential?.passwordHash));
    accountMetrics.loginAttempts.inc({ outcome: isRight ? 'succeeded' : 'failed' });
    if (!credential || !isRight) throw invalidCredentials();

    await this.throttle.reset(keys);
    const { account, passwordHash } = credential;
    const begun = await this.database.transaction((tx) => this.sessions.begin(tx, account.id, passwordHash));
    if (!begun) throw invalidCredentials();
    const { sessionId, refreshToken } = begun;
    const { token, expiresIn } = await this.tokens.sign({ accountId: account.id, sessionId });
    return {
      session: { account, accessToken: token, expiresIn, refreshToken },
      deviceCookie: this.throttle.deviceCookieFor(emailNormalised, deviceCookie),
    };
  }
}

const invalidCredentials = () => AccountProblems.invalid_credentials('The mail address or the password is wrong.');
