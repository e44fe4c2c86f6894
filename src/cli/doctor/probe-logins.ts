import { randomUUID } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LoginFacts, LoginTry } from './evaluate-login-limit.js';

/** A limit that comes later than this is none. */
const TRIES_MAX = 12;
const TIMEOUT_MS = 10_000;
const OWN_ADDRESS = 'this address';

/**
 * Fails to log in on a random name without an account until it is refused: harmless, and its record expires after a
 * quarter of an hour.
 * To a system on this machine each try comes from another address.
 * @throws Error when the system does not answer
 */
export async function probeLogins(app: string): Promise<LoginFacts> {
  const isHere = /^127\.|^localhost$/.test(new URL(app).hostname);
  const name = randomUUID();
  const sameName: LoginTry[] = [];
  for (let n = 1; n <= TRIES_MAX && sameName.at(-1)?.status !== 429; n += 1)
    sameName.push(await failLogin(app, name, isHere ? anyAddress() : undefined));
  const lastFrom = sameName.at(-1)?.from;
  return { sameName, otherName: await failLogin(app, randomUUID(), lastFrom === OWN_ADDRESS ? undefined : lastFrom) };
}

/** Linux lets a client have any address of 127/8. */
function anyAddress(): string {
  const byte = (): number => 1 + Math.floor(Math.random() * 254);
  return `127.${byte()}.${byte()}.${byte()}`;
}

async function failLogin(app: string, name: string, from: string | undefined): Promise<LoginTry> {
  const body = JSON.stringify({ email: `doctor-${name}@example.com`, password: `no such password ${name}` });
  try {
    return { from: from ?? OWN_ADDRESS, ...(await post(`${app}/v1/sessions`, body, from)) };
  } catch (error) {
    // Other systems have one loopback address only.
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL' || from === undefined) throw error;
    return failLogin(app, name, undefined);
  }
}

function post(url: string, body: string, localAddress: string | undefined): Promise<{ status: number; code: string }> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = send(
      url,
      {
        method: 'POST',
        localAddress,
        agent: false,
        timeout: TIMEOUT_MS,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            code: /"code":"(\w+)"/.exec(Buffer.concat(chunks).toString())?.[1] ?? '',
          }),
        );
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${url} did not answer within ${TIMEOUT_MS} ms.`)));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
