import { randomUUID } from 'node:crypto';
import { request } from 'node:http';

/** An answer to a client whose source address was chosen. */
export interface AddressedAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  code: string | undefined;
}

/**
 * Sends a request from one of this machine's own addresses: Linux lets a client bind any 127.x.y.z, so that many
 * real sources need no header.
 */
export function sendFrom(
  localAddress: string,
  url: string,
  { method = 'GET', body, headers = {} }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<AddressedAnswer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const typed = text === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method, localAddress, agent: false, headers: { ...typed, ...headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: answer,
            code: /"code":"(\w+)"/.exec(answer)?.[1],
          });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(text);
  });
}
