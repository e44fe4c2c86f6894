/** A message of PostgreSQL's protocol, version 3; the first of a connection has no type. */
export interface WireMessage {
  type: string;
  body: Buffer;
}

export const SSL_REQUEST = 80_877_103;
export const GSS_REQUEST = 80_877_104;
export const CANCEL_REQUEST = 80_877_102;
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** Cuts a stream into messages, however it arrives. */
export class WireReader {
  private rest: Buffer = Buffer.alloc(0);

  /** @param untyped how many messages without a type come first; more can be added while reading */
  constructor(private untyped: number) {}

  /** The next message is one without a type again, as after a request for encryption. */
  expectUntyped(): void {
    this.untyped++;
  }

  /**
   * @returns the messages that are complete now, one after another, so that the reader of one decides how the next is
   * read
   * @throws Error on a length that no honest peer sends
   */
  *push(chunk: Buffer): Generator<WireMessage> {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (;;) {
      const head = this.untyped > 0 ? 0 : 1;
      if (this.rest.length < head + 4) return;
      const length = this.rest.readInt32BE(head);
      if (length < 4 || length > MESSAGE_BYTES_MAX) throw new Error(`A message of ${length} bytes is no message.`);
      if (this.rest.length < head + length) return;
      const message = {
        type: head === 0 ? '' : String.fromCharCode(this.rest[0] ?? 0),
        body: this.rest.subarray(head + 4, head + length),
      };
      this.rest = this.rest.subarray(head + length);
      if (head === 0) this.untyped--;
      yield message;
    }
  }
}

/** Walks through the fields of a message. */
export class Fields {
  private at = 0;

  constructor(private readonly body: Buffer) {}

  text(): string {
    const end = this.body.indexOf(0, this.at);
    const text = this.body.toString('utf8', this.at, end === -1 ? undefined : end);
    this.at = end === -1 ? this.body.length : end + 1;
    return text;
  }

  int16(): number {
    this.at += 2;
    return this.body.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.body.readInt32BE(this.at - 4);
  }

  bytes(length: number): Buffer {
    this.at += length;
    return this.body.subarray(this.at - length, this.at);
  }

  get isDone(): boolean {
    return this.at >= this.body.length;
  }
}

/** Names and values of a startup message behind its version. */
export function startupParameters(fields: Fields): Record<string, string> {
  const parameters: Record<string, string> = {};
  while (!fields.isDone) {
    const name = fields.text();
    if (name === '') break;
    parameters[name] = fields.text();
  }
  return parameters;
}

/** The parameters of a Bind message; binary ones as the hex text that `bytea` takes. */
export function boundParameters(fields: Fields): (string | null)[] {
  const formats = Array.from({ length: fields.int16() }, () => fields.int16());
  return Array.from({ length: fields.int16() }, (_, n) => {
    const length = fields.int32();
    if (length < 0) return null;
    const bytes = fields.bytes(length);
    const isBinary = (formats.length === 1 ? formats[0] : formats[n]) === 1;
    return isBinary ? `\\x${bytes.toString('hex')}` : bytes.toString('utf8');
  });
}
