/** A place in a server's write-ahead log. Positions of different timelines cannot be compared. */
export interface WalPosition {
  readonly timeline: number;
  /** Bytes since the beginning of the log. */
  readonly lsn: bigint;
}

const LSN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/;

/**
 * Reads a position as PostgreSQL writes it, such as `16/B374D848`.
 * @throws Error when the text is none
 */
export function parseLsn(text: string): bigint {
  const match = LSN.exec(text);
  if (!match) throw new Error(`${JSON.stringify(text)} is no position in a write-ahead log.`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

/** The later of two; on different timelines the one of the newer, which the older cannot have outlived. */
export function later(a: WalPosition, b: WalPosition): WalPosition {
  if (a.timeline !== b.timeline) return a.timeline > b.timeline ? a : b;
  return a.lsn >= b.lsn ? a : b;
}
