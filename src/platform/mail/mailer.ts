import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { InjectConfig, type Config } from '../config/index.js';
import { HealthChecks } from '../observability/index.js';

/** A mail in plain text. */
export interface Mail {
  /** Identifies the mail, so that a repeated delivery is recognised. Without angle brackets: `<id>@bulwark`. */
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
const SOCKET_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 4;

/** Sends mails over SMTP. Call it from a consumer, never in a request: the server may be slow. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  private readonly transport;

  constructor(
    @InjectConfig() private readonly config: Config,
    health: HealthChecks,
  ) {
    this.transport = createTransport({
      url: config.mail.smtpUrl,
      pool: true,
      maxConnections: CONNECTIONS_MAX,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    health.register('mail', async () => void (await this.transport.verify()), { critical: false });
  }

  /** @throws Error when the server did not accept the mail within the timeouts */
  async send({ messageId, to, subject, text }: Mail): Promise<void> {
    // An address object is encoded, never parsed: its text cannot add a header or recipient.
    await this.transport.sendMail({
      from: this.config.mail.from,
      to: { name: '', address: to },
      subject,
      text,
      messageId: `<${messageId}>`,
    });
  }

  onApplicationShutdown(): void {
    this.transport.close();
  }
}
