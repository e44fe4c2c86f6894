/** What the shared layer keeps of an entry. */
export interface StoredEntry {
  /** The answer's bytes; undefined when the origin has no such thing, which is an answer too. */
  readonly body: Buffer | undefined;
  readonly etag: string;
  /**
   * The oldest transaction that was still running when the origin was read: everything before it is in the value.
   * Larger is newer; it comes from the database, so that no two clocks have to agree.
   */
  readonly version: number;
  /** When the origin was asked (ms since the epoch). */
  readonly asOf: number;
  /** What it is made of. */
  readonly tags: readonly string[];
  /** Whether published changes may be missing in it: no invalidation will name them, so only its age counts. */
  readonly ttlOnly: boolean;
}

/** A second name for an entry: its bytes are kept once. */
export interface Pointer {
  readonly version: number;
  readonly asOf: number;
  /** The key of the entry that is meant. */
  readonly target: string;
}

/** An entry as one process holds it. */
export interface CacheEntry {
  readonly body: Buffer | undefined;
  readonly etag: string;
  readonly version: number;
  readonly tags: readonly string[];
  readonly ttlOnly: boolean;
  readonly freshMs: number;
  asOf: number;
  /** The epoch of invalidation messages that keeps it true; {@link EPOCH_NONE} when only its age counts. */
  epoch: number;
  /** When it was invalidated (ms). */
  invalidatedAt: number | undefined;
  /** How often this process has served it. */
  hits: number;
  /** For the eviction's second chance. */
  used: boolean;
}

export const EPOCH_NONE = -1;

export function toEntry(stored: StoredEntry, freshMs: number): CacheEntry {
  return { ...stored, freshMs, epoch: EPOCH_NONE, invalidatedAt: undefined, hits: 0, used: false };
}

const FORMAT = 'B1';
const NEWLINE = 0x0a;
/** Written for an empty field: fields are parted by single spaces. */
const NONE = '-';

/** What stands after the facts. */
const PRESENT = { some: 'some', none: 'none', elsewhere: 'at' } as const;

/** One line of facts, then the bytes. The version stands first: the shared layer compares it without reading on. */
export function encodeEntry(entry: StoredEntry | Pointer): Buffer {
  if ('target' in entry)
    return Buffer.from(
      `${[FORMAT, entry.version, entry.asOf, 'f', PRESENT.elsewhere, entry.target, NONE].join(' ')}\n`,
    );
  const { body, etag, version, asOf, tags, ttlOnly } = entry;
  const facts = [
    FORMAT,
    version,
    asOf,
    ttlOnly ? 'a' : 'f',
    body === undefined ? PRESENT.none : PRESENT.some,
    etag || NONE,
    tags.join(',') || NONE,
  ].join(' ');
  const head = Buffer.from(`${facts}\n`, 'utf8');
  return body === undefined ? head : Buffer.concat([head, body]);
}

/** @returns undefined for bytes that are none of ours, which then count as a miss */
export function decodeEntry(bytes: Buffer): StoredEntry | Pointer | undefined {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) return undefined;
  const [format, versionText, asOfText, follows, present, name, tags] = bytes.toString('utf8', 0, end).split(' ');
  if (format !== FORMAT || name === undefined || tags === undefined) return undefined;
  const [version, asOf] = [Number(versionText), Number(asOfText)];
  if (!Number.isSafeInteger(version) || !Number.isSafeInteger(asOf)) return undefined;
  if (present === PRESENT.elsewhere) return { version, asOf, target: name };
  return {
    body: present === PRESENT.some ? exactCopy(bytes.subarray(end + 1)) : undefined,
    etag: name === NONE ? '' : name,
    version,
    asOf,
    tags: tags === NONE ? [] : tags.split(','),
    ttlOnly: follows === 'a',
  };
}

/** The driver's buffers are parts of what came over the socket: a kept part would hold on to all of it. */
function exactCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** By version, then by when it was read. */
export function newer(a: CacheEntry | undefined, b: CacheEntry | undefined): CacheEntry | undefined {
  if (!a || !b) return a ?? b;
  if (a.version !== b.version) return a.version > b.version ? a : b;
  return a.asOf > b.asOf ? a : b;
}
