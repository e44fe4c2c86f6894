import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { SMTPServerDataStream } from 'smtp-server';
import { HEADER_BYTES_MAX, MAIL_BYTES_MAX, mailFileName } from './mail-file-name.js';

/** Writes a mail to its file, whole or not at all. */
export async function storeMail(stream: SMTPServerDataStream, folder: string): Promise<void> {
  const draft = join(folder, `.incoming-${randomUUID()}`);
  try {
    await pipeline(stream, keepBounded, createWriteStream(draft, { mode: 0o600 }));
    if (stream.sizeExceeded) throw Object.assign(new Error('The mail is too large.'), { responseCode: 552 });
    await rename(draft, join(folder, mailFileName(await readHead(draft))));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Reads to the end, as the protocol wants it, but keeps no more than a mail may have. */
async function* keepBounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes <= MAIL_BYTES_MAX) yield chunk;
  }
}

async function readHead(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES_MAX), 0, HEADER_BYTES_MAX, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
