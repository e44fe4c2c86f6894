import { createServer, type Server } from 'node:net';
import getPort from 'get-port';
import { LauncherError } from './launcher-error.js';

/**
 * The port of the application, held until it takes it: two starts at once must not choose the same one, and the
 * services that get its address start first.
 */
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
 * @throws LauncherError when the asked port is malformed, taken or not for this user
 */
export async function reservePort(wish: PortWish): Promise<ReservedPort> {
  const asked = parseAskedPort(wish);
  if (asked === null)
    return { ...(await hold(wish.preferred).catch(async () => hold(await getPort()))), explicit: false };
  if (asked === 0) return { ...(await hold(await getPort())), explicit: false };
  try {
    return { ...(await hold(asked)), explicit: true };
  } catch (error) {
    const isForbidden = (error as NodeJS.ErrnoException).code === 'EACCES';
    const why = isForbidden
      ? 'only root may listen on that port. Start as root'
      : 'something else listens on that port. Stop it';
    throw new LauncherError(`${wish.variable} is ${asked}, but ${why}, or choose another ${wish.variable}.`, {
      cause: error,
    });
  }
}

async function hold(port: number): Promise<Omit<ReservedPort, 'explicit'>> {
  // A listener on every address would be shadowed by a loopback listener on some systems.
  await close(await listen(port, '0.0.0.0'));
  const server = await listen(port, '127.0.0.1');
  return { port, release: () => close(server) };
}

function listen(port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** The number that was asked for, or null when none was. */
function parseAskedPort(wish: PortWish): number | null {
  if (wish.asked === undefined || wish.asked === '') return null;
  const port = Number(wish.asked);
  if (/^\d{1,5}$/.test(wish.asked) && port <= 65_535) return port;
  throw new LauncherError(
    `${wish.variable} got ${JSON.stringify(wish.asked)}; it wants a port number from 0 to 65535.`,
  );
}
