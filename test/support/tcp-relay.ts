import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Passes bytes on to a port, and can be made to fail as a server or the way to it would. */
export class TcpRelay {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private state: 'well' | 'frozen' | 'cut' = 'well';

  constructor(private readonly port: number) {
    this.server = createServer((client) => this.pass(client));
  }

  /** @returns the port that it listens on */
  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => {
      this.server.listen(port, '127.0.0.1', resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes everything and passes nothing on, as a server that hangs. */
  freeze(): void {
    this.state = 'frozen';
    for (const socket of this.sockets) socket.pause();
  }

  thaw(): void {
    this.state = 'well';
    for (const socket of this.sockets) socket.resume();
  }

  /**
   * Falls silent on every connection that there is and serves new ones: the machine has died, and another one has taken
   * its address.
   */
  strand(): void {
    for (const socket of this.sockets) socket.pause();
  }

  /** Closes every connection and each new one at once, as a server that is gone. */
  cut(): void {
    this.state = 'cut';
    for (const socket of this.sockets) socket.destroy();
  }

  repair(): void {
    this.state = 'well';
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private pass(client: Socket): void {
    if (this.state === 'cut') {
      client.destroy();
      return;
    }
    const server = connect(this.port, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      // The other end hears of it by its close.
      from.on('error', () => undefined);
      from.once('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.state === 'frozen') from.pause();
    }
  }
}
