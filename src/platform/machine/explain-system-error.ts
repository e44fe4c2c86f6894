/** What Node adds to an error of the operating system. */
interface SystemError {
  readonly code?: unknown;
  readonly path?: unknown;
  readonly syscall?: unknown;
  readonly address?: unknown;
  readonly hostname?: unknown;
  readonly port?: unknown;
}

type Explanation = (subject: string) => string;

const FILES: Readonly<Record<string, Explanation>> = {
  ENOENT: (path) => `${path} does not exist`,
  ENOTDIR: (path) => `${path} leads through something that is no folder`,
  EISDIR: (path) => `${path} is a folder and no file`,
  EEXIST: (path) => `${path} exists already`,
  EACCES: (path) => `${path} is not open to this user (permission denied)`,
  EPERM: (path) => `${path} is not open to this user (permission denied)`,
  EROFS: (path) => `${path} is on a file system that is read-only`,
  ELOOP: (path) => `${path} is a link that leads to itself`,
  ENAMETOOLONG: (path) => `${path} is too long for a file name`,
  ENOSPC: (path) => `${path} cannot be written: the disk is full`,
  EDQUOT: (path) => `${path} cannot be written: the quota of this user is used up`,
  EMFILE: (path) => `${path} cannot be opened: this process has too many files open (ulimit -n)`,
  ENFILE: (path) => `${path} cannot be opened: this machine has too many files open`,
  EIO: (path) => `${path} cannot be read or written: the disk reports an error`,
};

const NETWORK: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: (address) => `nothing answers at ${address} (connection refused)`,
  ECONNRESET: (address) => `the connection to ${address} was cut`,
  EPIPE: (address) => `the connection to ${address} was cut`,
  ETIMEDOUT: (address) => `${address} did not answer in time`,
  EHOSTUNREACH: (address) => `${address} is out of reach (no route)`,
  ENETUNREACH: (address) => `${address} is out of reach (no network)`,
  ENOTFOUND: (address) => `no address is known for ${address}`,
  EAI_AGAIN: (address) => `no address is known for ${address} (the name server does not answer)`,
  EADDRINUSE: (address) => `${address} is taken by another process`,
  EADDRNOTAVAIL: (address) => `${address} is no address of this machine`,
};

/**
 * What a failed call to the operating system means, as a clause without a full stop; undefined for any other error.
 * Looks through causes and through the attempts on several addresses of one host.
 */
export function explainSystemError(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return explainAttempts(error.errors);
  if (typeof error !== 'object' || error === null) return undefined;
  return explainOne(error) ?? explainSystemError((error as { cause?: unknown }).cause);
}

function explainAttempts(errors: readonly unknown[]): string | undefined {
  const explained = errors.map(explainSystemError).filter((text) => text !== undefined);
  return explained.length > 0 ? [...new Set(explained)].join('; ') : undefined;
}

function explainOne({ code, path, address, hostname, port, syscall }: SystemError): string | undefined {
  if (typeof code !== 'string') return undefined;
  const host = [address, hostname].find((name) => typeof name === 'string');
  if (typeof port === 'number' && (code === 'EACCES' || code === 'EPERM') && syscall === 'listen')
    return `port ${port} is not open to this user (permission denied)`;
  if (typeof path === 'string' && FILES[code]) return FILES[code](shownPath(path));
  if (NETWORK[code]) return NETWORK[code](shownAddress(host, port));
  return FILES[code]?.('the file');
}

function shownAddress(host: unknown, port: unknown): string {
  if (typeof host !== 'string') return typeof port === 'number' ? `port ${port}` : 'the other side';
  if (typeof port !== 'number') return host;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A path as a message shows it: on one line, and quoted where its ends would not be seen. */
export function shownPath(path: string): string {
  return /^[^\s"'\p{C}]+$/u.test(path) ? path : JSON.stringify(path);
}
