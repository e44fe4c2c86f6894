/** Mail: plain text messages, each with an id of its own. */
export { MailModule } from './mail.module.js';
export { Mailer, type Mail } from './mailer.js';
