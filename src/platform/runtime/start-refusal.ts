import type { Config } from '../config/index.js';
import { isSignInRefused, refusedSignIns } from '../database/index.js';

/** The parts of an error of the operating system that say which address it is about. */
interface ListenError {
  readonly code?: unknown;
  readonly port?: unknown;
  readonly syscall?: unknown;
}

/**
 * Which variables are the reason that a start failed and trying again cannot help; empty when none is.
 * Each line names the variable, what it got and what it wants.
 */
export async function wrongVariables(error: unknown, config: Config): Promise<string[]> {
  const listening = wrongAddress(error as ListenError, config);
  if (listening !== undefined) return [listening];
  if (!isSignInRefused(error)) return [];
  return (await refusedSignIns(config)).map(
    ({ variable, user }) => `${variable} is refused by the database; it wants the password of the role ${user}.`,
  );
}

function wrongAddress({ code, port, syscall }: ListenError, { http }: Config): string | undefined {
  if (syscall !== 'listen' && syscall !== 'bind') return undefined;
  const ops = port === http.opsPort && port !== http.port;
  const [variable, host, number] = ops ? ['OPS_PORT', http.opsHost, http.opsPort] : ['PORT', http.host, http.port];
  if (code === 'EADDRINUSE') return `${variable} got ${number}; it wants a port that no other process listens on.`;
  if (code === 'EACCES') return `${variable} got ${number}; it wants a port that this user may open, 1024 or higher.`;
  if (code === 'EADDRNOTAVAIL')
    return `${ops ? 'OPS_HOST' : 'HOST'} got "${host}"; it wants an address of this machine.`;
  return undefined;
}
