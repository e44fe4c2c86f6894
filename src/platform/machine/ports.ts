import { createServer, type AddressInfo, type Server } from 'node:net';

/** A loopback port that is held for its later owner, so that two starts at once do not choose the same one. */
export interface HeldPort {
  readonly port: number;
  release(): Promise<void>;
}

/** Holds this port; undefined when something listens on it, on whatever address. */
export async function holdPort(port: number): Promise<HeldPort | undefined> {
  // A listener on every address would be shadowed by a loopback listener on some systems.
  const everywhere = await listen(port, '0.0.0.0');
  if (!everywhere) return undefined;
  const chosen = portOf(everywhere);
  await close(everywhere);
  const loopback = await listen(chosen, '127.0.0.1');
  return loopback && { port: chosen, release: () => close(loopback) };
}

/** Holds any free port. @throws Error when there is none */
export async function holdFreePort(): Promise<HeldPort> {
  const held = await holdPort(0);
  if (!held) throw new Error('No free port is left on this machine.');
  return held;
}

/** A loopback port that was free a moment ago. */
export async function probeFreePort(): Promise<number> {
  const { port, release } = await holdFreePort();
  await release();
  return port;
}

function listen(port: number, host: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
