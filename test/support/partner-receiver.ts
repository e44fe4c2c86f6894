import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A webhook as the subscriber received it. */
export interface ReceivedWebhook {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A subscriber's server: records requests and answers as the test sets. */
export class PartnerReceiver {
  readonly received: ReceivedWebhook[] = [];
  /** Answers to the next requests, one each. */
  private readonly answers: ((response: ServerResponse) => void)[] = [];
  /** The answer to every other request. */
  otherwise: (response: ServerResponse) => void = (response) => response.writeHead(204).end();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<PartnerReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const receiver = new PartnerReceiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`);
    server.on('request', (request, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.received.push({
          path: request.url ?? '',
          headers: request.headers,
          text: Buffer.concat(chunks).toString(),
        });
        (receiver.answers.shift() ?? receiver.otherwise)(response);
      });
    });
    return receiver;
  }

  /** Answers the next requests with these, one each. */
  answerNext(...answers: ((response: ServerResponse) => void)[]): void {
    this.answers.push(...answers);
  }

  /** The ids of all messages, each as often as it came. */
  ids(): string[] {
    return this.received.map(({ headers }) => String(headers['webhook-id']));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }
}
