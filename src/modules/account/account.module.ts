import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { InjectConfig, type Config } from '../../platform/config/index.js';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { SESSION_GATE } from '../../platform/identity/index.js';
import { RetainedTables } from '../../platform/retention/index.js';
import { ChangeProfile } from './change-profile.js';
import { EndWebhooks } from './consumers/end-webhooks.js';
import { ReceiptMail } from './consumers/receipt-mail.js';
import { SecurityMails } from './consumers/security-mails.js';
import { DeleteAccount } from './delete-account.js';
import { GrantRole } from './grant-role.js';
import { AccountsController } from './http/accounts.controller.js';
import { MeController } from './http/me.controller.js';
import { PasswordResetsController } from './http/password-resets.controller.js';
import { SessionsController } from './http/sessions.controller.js';
import { ChangePassword } from './passwords/change-password.js';
import { Passwords } from './passwords/passwords.js';
import { RequestPasswordReset } from './passwords/request-password-reset.js';
import { ResetPassword } from './passwords/reset-password.js';
import { accountRetention } from './persistence/account-retention.js';
import { AccountEntity } from './persistence/account.entity.js';
import { Accounts } from './persistence/accounts.js';
import { PasswordResetEntity } from './persistence/password-reset.entity.js';
import { PasswordResets } from './persistence/password-resets.js';
import { RefreshTokenEntity } from './persistence/refresh-token.entity.js';
import { SessionEntity } from './persistence/session.entity.js';
import { Sessions } from './persistence/sessions.js';
import { ReadProfile } from './read-profile.js';
import { RevokeRole } from './revoke-role.js';
import { SeedStaff } from './seed-staff.js';
import { EndSession } from './sessions/end-session.js';
import { LogIn } from './sessions/log-in.js';
import { LoginThrottle } from './sessions/login-throttle.js';
import { RefreshSession } from './sessions/refresh-session.js';
import { SignUp } from './sign-up.js';

/** Sign-up, sessions, profile, and mails to account owners. Global, since every guard asks its session gate. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forFeature([AccountEntity, SessionEntity, RefreshTokenEntity, PasswordResetEntity], 'account'),
  ],
  controllers: [AccountsController, SessionsController, MeController, PasswordResetsController],
  providers: [
    SignUp,
    LogIn,
    RefreshSession,
    EndSession,
    ReadProfile,
    ChangeProfile,
    ChangePassword,
    DeleteAccount,
    RequestPasswordReset,
    ResetPassword,
    GrantRole,
    RevokeRole,
    SeedStaff,
    Accounts,
    Sessions,
    PasswordResets,
    Passwords,
    LoginThrottle,
    SecurityMails,
    ReceiptMail,
    EndWebhooks,
    { provide: SESSION_GATE, useExisting: Sessions },
  ],
  exports: [SESSION_GATE],
})
export class AccountModule implements OnModuleInit {
  constructor(
    @InjectConfig() private readonly config: Config,
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly retained: RetainedTables,
  ) {}

  onModuleInit(): void {
    this.retained.declare(this.database, 'account', accountRetention(this.config.identity.refreshTokenTtlSeconds));
  }
}
