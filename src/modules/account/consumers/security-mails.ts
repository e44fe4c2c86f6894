import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectConfig, type Config } from '../../../platform/config/index.js';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { Mailer } from '../../../platform/mail/index.js';
import { EventConsumers, type DomainEvent, type EventConsumer } from '../../../platform/outbox/index.js';
import {
  PASSWORD_CHANGED,
  PASSWORD_RESET_REQUESTED,
  REFRESH_TOKEN_REUSED,
  type AccountFact,
  type PasswordResetRequested,
} from '../account.events.js';
import { Accounts } from '../persistence/accounts.js';
import { PasswordResets, RESET_TTL_MINUTES } from '../persistence/password-resets.js';

interface MailContent {
  readonly subject: string;
  readonly text: string;
}

/** Mails account owners what concerns the security of their account. */
@Injectable()
export class SecurityMails implements EventConsumer, OnModuleInit {
  readonly name = 'account-security-mails';
  readonly eventTypes = [PASSWORD_RESET_REQUESTED, PASSWORD_CHANGED, REFRESH_TOKEN_REUSED];

  constructor(
    @InjectConfig() private readonly config: Config,
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly consumers: EventConsumers,
    private readonly accounts: Accounts,
    private readonly resets: PasswordResets,
    private readonly mailer: Mailer,
  ) {}

  onModuleInit(): void {
    this.consumers.register(this, this.database);
  }

  async deliver(event: DomainEvent): Promise<void> {
    const { accountId } = event.payload as AccountFact;
    const credential = await this.accounts.findById(accountId);
    // An account that was deleted since has no address.
    if (!credential) return;
    const { account } = credential;
    const { subject, text } = this.contentOf(event);
    await this.mailer.send({
      messageId: `${event.id}.security@bulwark`,
      to: account.email,
      subject,
      text: `Hello ${account.displayName},\n\n${text}\n`,
    });
  }

  private contentOf(event: DomainEvent): MailContent {
    if (event.type === PASSWORD_RESET_REQUESTED)
      return this.resetContent((event.payload as PasswordResetRequested).resetId);
    if (event.type === PASSWORD_CHANGED)
      return {
        subject: 'Your password was changed',
        text: 'your password has just been changed.\nIf that was not you, set a new one at once.',
      };
    return {
      subject: 'A session of yours was ended',
      text: 'a sign-in of yours was used from two places, so we ended it.\nIf that was not you, set a new password.',
    };
  }

  private resetContent(resetId: string): MailContent {
    const token = this.resets.tokenOf(resetId);
    const link = new URL(`/reset#${token}`, this.config.http.publicUrl);
    // A line of more than 76 characters would be sent encoded, with the token split over two lines of the source.
    const text = [
      'a new password was requested for your account.',
      `This works once, for ${RESET_TTL_MINUTES} minutes:`,
      '',
      link,
      '',
      `Token: ${token}`,
      '',
      'If it was not you, nothing has changed.',
    ];
    return { subject: 'Set a new password', text: text.join('\n') };
  }
}
