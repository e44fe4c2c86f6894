import { createServer, type Server } from 'node:net';
import { LauncherError } from '../launcher-error.js';

/** A port that is held for its later owner, so that two starts at once do not choose the same one. */
export interface ReservedPort {
  readonly port: number;
  /** True when the number was asked for by name, so that no other one may take its place. */
  readonly explicit: boolean;
  release(): Promise<void>;
}

export interface PortWish {
  /** Names the variable in the message. */
  variable: string;
  /** What the environment says; undefined or empty when nothing. */
  asked: string | undefined;
  /** Taken when nothing was asked for and it is free. */
  preferred: number;
}

/**
 * Chooses a port: the asked one, else the preferred one when it is free, else any free one.
 * @throws LauncherError when the asked port is malformed or taken
 */
export async function reservePort(wish: PortWish): Promise<ReservedPort> {
  const asked = parseAskedPort(wish);
  if (asked === null) return { ...((await hold(wish.preferred)) ?? (await holdAny())), explicit: false };
  const held = asked === 0 ? await holdAny() : await hold(asked);
  if (held === null) {
    throw new LauncherError(
      `${wish.variable} is ${asked}, but something else listens on that port. Stop it, or choose another ${wish.variable}.`,
    );
  }
  return { ...held, explicit: asked !== 0 };
}

/** The number that was asked for, or null when none was. */
export function parseAskedPort(wish: PortWish): number | null {
  if (wish.asked === undefined || wish.asked === '') return null;
  const port = Number(wish.asked);
  if (/^\d{1,5}$/.test(wish.asked) && port <= 65_535) return port;
  throw new LauncherError(
    `${wish.variable} got ${JSON.stringify(wish.asked)}; it wants a port number from 0 to 65535.`,
  );
}

/** A loopback port that was free a moment ago. */
export async function probeFreePort(): Promise<number> {
  const { port, release } = await holdAny();
  await release();
  return port;
}

async function holdAny() {
  const held = await hold(0);
  if (held === null) throw new LauncherError('No free port is left on this machine.');
  return held;
}

async function hold(port: number): Promise<Omit<ReservedPort, 'explicit'> | null> {
  // Somebody may listen on every address, which some systems would let a loopback listener shadow.
  const everywhere = await listen(port, '0.0.0.0');
  if (everywhere === null) return null;
  const chosen = portOf(everywhere);
  await close(everywhere);
  const loopback = await listen(chosen, '127.0.0.1');
  return loopback && { port: chosen, release: () => close(loopback) };
}

function listen(port: number, host: string): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', () => resolve(null));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
