import { holdFreePort, holdPort, type HeldPort } from '../../platform/machine/index.js';
import { LauncherError } from './launcher-error.js';

/** The port of a service, held until the service takes it. */
export interface ReservedPort extends HeldPort {
  /** True when the number was asked for by name, so that no other one may take its place. */
  readonly explicit: boolean;
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
  if (asked === null) return { ...((await holdPort(wish.preferred)) ?? (await holdFreePort())), explicit: false };
  const held = asked === 0 ? await holdFreePort() : await holdPort(asked);
  if (!held) {
    throw new LauncherError(
      `${wish.variable} is ${asked}, but something else listens on that port. ` +
        `Stop it, or choose another ${wish.variable}.`,
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
