import { createHash, randomUUID } from 'node:crypto';

/** Larger mails are refused: nothing of ours comes near it. */
export const MAIL_BYTES_MAX = 10 * 1024 * 1024;
/** The header block is searched for the Message-ID no further than this. */
export const HEADER_BYTES_MAX = 64 * 1024;

const NAME_LENGTH_MAX = 120;

/**
 * The file name for a mail: derived from its Message-ID, so that a redelivered mail is the same file.
 * @param head the mail's first bytes
 */
export function mailFileName(head: string): string {
  const id = findMessageId(head);
  if (id === null) return `${randomUUID()}.eml`;
  const plain = id
    .replaceAll(/[^A-Za-z0-9._@-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, NAME_LENGTH_MAX);
  // Two ids that differ only in what was replaced or cut off stay two files.
  const suffix = plain === id ? '' : `-${createHash('sha256').update(id).digest('hex').slice(0, 12)}`;
  return `${plain}${suffix}.eml`;
}

function findMessageId(head: string): string | null {
  const end = head.search(/\r?\n\r?\n/);
  const headers = (end === -1 ? head : head.slice(0, end)).replaceAll(/\r?\n[ \t]+/g, ' ');
  return /^message-id:\s*<?([^<>\s]+)>?\s*$/im.exec(headers)?.[1] ?? null;
}
