import { connect, type Socket } from 'node:net';

/** What of an answer a measurement looks at. */
export interface Answer {
  readonly status: number;
  readonly cacheStatus: string | null;
  readonly tag: string | null;
}

export interface ConnectionEvents {
  answered(connection: HttpConnection, answer: Answer): void;
  /** The connection is gone, with or without a request on it. */
  broken(connection: HttpConnection): void;
}

const HEAD_BYTES_MAX = 16_384;
const HEAD_END = '\r\n\r\n';
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * One keep-alive HTTP/1.1 connection that reads as little of an answer as it must: a client lighter than the server it
 * measures.
 */
export class HttpConnection {
  /** When the request that is on its way began; 0 when there is none. */
  beganAt = 0;
  isWrite = false;
  private socket: Socket | null = null;
  private head = '';
  private answer: Answer | null = null;
  private bodyBytesLeft = 0;

  constructor(
    private readonly url: URL,
    private readonly events: ConnectionEvents,
  ) {}

  get isOpen(): boolean {
    return this.socket !== null;
  }

  /** @throws Error when the server does not take the connection */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.url.hostname, port: Number(this.url.port), noDelay: true });
      const late = setTimeout(
        () => socket.destroy(new Error('The connection was not taken in time.')),
        CONNECT_TIMEOUT_MS,
      );
      socket.once('error', reject);
      socket.once('connect', () => {
        clearTimeout(late);
        this.socket = socket;
        resolve();
      });
      socket.on('data', (chunk) => this.receive(chunk as Buffer));
      socket.on('close', () => {
        clearTimeout(late);
        if (this.socket === socket) this.lose();
      });
    });
  }

  /** @param bytes the whole request @param beganAt ms of `performance.now()` */
  send(bytes: string, beganAt: number, isWrite: boolean): void {
    this.beganAt = beganAt;
    this.isWrite = isWrite;
    this.socket?.write(bytes, 'latin1');
  }

  /** Drops the connection without an event. */
  drop(): void {
    const socket = this.socket;
    this.reset();
    socket?.destroy();
  }

  private lose(): void {
    const { beganAt } = this;
    this.reset();
    this.beganAt = beganAt;
    this.events.broken(this);
    this.beganAt = 0;
  }

  private reset(): void {
    this.socket = null;
    this.head = '';
    this.answer = null;
    this.bodyBytesLeft = 0;
    this.beganAt = 0;
  }

  private receive(chunk: Buffer): void {
    let rest = chunk;
    if (this.answer === null) {
      this.head += chunk.toString('latin1', 0, Math.min(chunk.length, HEAD_BYTES_MAX));
      const end = this.head.indexOf(HEAD_END);
      if (end < 0) {
        if (this.head.length > HEAD_BYTES_MAX) this.socket?.destroy();
        return;
      }
      // The part of the head that came before this chunk is what the chunk has not to give again.
      const before = this.head.length - Math.min(chunk.length, HEAD_BYTES_MAX);
      rest = chunk.subarray(end + HEAD_END.length - before);
      this.answer = readHead(this.head.slice(0, end));
      this.bodyBytesLeft = bodyLength(this.head.slice(0, end), this.answer.status);
      this.head = '';
    }
    this.bodyBytesLeft -= rest.length;
    if (this.bodyBytesLeft > 0) return;
    const { answer } = this;
    this.answer = null;
    this.events.answered(this, answer);
  }
}

/** The status line and the two fields that are counted. */
export function readHead(head: string): Answer {
  return { status: Number(head.slice(9, 12)), cacheStatus: field(head, 'cache-status'), tag: field(head, 'etag') };
}

/** @throws Error when the answer does not say how long it is; the product always does */
export function bodyLength(head: string, status: number): number {
  if (status === 204 || status === 304) return 0;
  const length = field(head, 'content-length');
  if (length === null) throw new Error(`An answer does not state its length:\n${head}`);
  return Number(length);
}

function field(head: string, name: string): string | null {
  const found = new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head);
  return found?.[1] ?? null;
}
