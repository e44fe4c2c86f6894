import { Global, Module } from '@nestjs/common';
import { Mailer } from './mailer.js';

/** Provides the {@link Mailer}. */
@Global()
@Module({ providers: [Mailer], exports: [Mailer] })
export class MailModule {}
