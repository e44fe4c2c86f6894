import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pTimeout from 'p-timeout';

/** The path that a switchover is asked for with. */
export const PROMOTE_PATH = '/promote';
/** Longer than the steps of a switchover take that must not be cut in two. */
const CLOSE_TIMEOUT_MS = 10_000;
const LOOPBACK = '127.0.0.1';

/** What is answered to a command: a line for its user. */
export interface ControlAnswer {
  readonly message: string;
}

/**
 * How `npm run db:promote` reaches a running supervisor: on loopback, with a token that stands in run.json. So it is
 * open to those who may read that file, its owner and root. (A socket in the data folder would do the same, but a
 * path of more than 100 characters cannot name one.)
 */
export class ControlServer {
  private readonly token = randomBytes(32).toString('base64url');
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private running: Promise<string> | null = null;

  /** @param promote answers with a line for the operator, or throws an error with one */
  constructor(private readonly promote: () => Promise<string>) {}

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(0, LOOPBACK, resolve);
    });
    this.server.unref();
  }

  /** With the token as its password. */
  get url(): string {
    return `http://supervisor:${this.token}@${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  /** Takes no command from here on, and lets the running one come to its end. */
  async close(): Promise<void> {
    this.server.close();
    const ended = (this.running ?? Promise.resolve()).then(noop, noop);
    await pTimeout(ended, { milliseconds: CLOSE_TIMEOUT_MS, fallback: noop });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const send = (status: number, message: string) =>
      response
        .writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' })
        .end(JSON.stringify({ message }));
    if (!this.isAllowed(request.headers.authorization)) return void send(401, 'The token is not that of this start.');
    if (request.method !== 'POST' || request.url !== PROMOTE_PATH) return void send(404, 'There is no such command.');
    if (this.running !== null) return void send(409, 'A switchover is under way already.');
    this.running = this.promote();
    try {
      send(200, await this.running);
    } catch (error) {
      send(409, (error as Error).message);
    } finally {
      this.running = null;
    }
  }

  private isAllowed(authorization = ''): boolean {
    const [given, wanted] = [authorization, basic('supervisor', this.token)].map((text) => Buffer.from(text));
    return (
      given !== undefined && wanted !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted)
    );
  }
}

/** The `Authorization` field for a user and password. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function noop(): void {}
