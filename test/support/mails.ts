import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testServices } from './services.js';

/** Mails that one address was sent, decoded as its reader would see them. */
export function mailsTo(address: string): string[] {
  const { mailDir } = testServices();
  return readdirSync(mailDir)
    .filter((file) => file.endsWith('.eml'))
    .map((file) => decode(readFileSync(join(mailDir, file), 'utf8')))
    .filter((mail) => mail.toLowerCase().includes(`to: ${address.toLowerCase()}`));
}

function decode(mail: string): string {
  if (!/^content-transfer-encoding: quoted-printable/im.test(mail)) return mail;
  const bytes = mail
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([\dA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
