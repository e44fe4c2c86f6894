const MILLISECONDS_HEX = 12;

/** Seconds since a UUIDv7 was made (RFC 9562): its first 48 bits are the time. */
export function ageOfIdSeconds(id: string, nowMs: number): number {
  return (nowMs - Number.parseInt(id.replaceAll('-', '').slice(0, MILLISECONDS_HEX), 16)) / 1_000;
}
