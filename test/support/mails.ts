import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testServices } from './services.js';

/** Texts of the mails that one address was sent. */
export function mailsTo(address: string): string[] {
  const { mailDir } = testServices();
  return readdirSync(mailDir)
    .filter((file) => file.endsWith('.eml'))
    .map((file) => readFileSync(join(mailDir, file), 'utf8'))
    .filter((mail) => mail.toLowerCase().includes(`to: ${address.toLowerCase()}`));
}
