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
  /** Read so late that changes may have been announced already which it lacks: only its age counts. */
  readonly agesOnly: boolean;
}

/** An entry as one process holds it. */
export interface CacheEntry {
  readonly body: Buffer | undefined;
  readonly etag: string;
  readonly version: number;
  readonly tags: readonly string[];
  readonly agesOnly: boolean;
  readonly freshMs: number;
  asOf: number;
  /** The run of announcements that it follows; {@link FOLLOWS_NONE} when only its age counts. */
  epoch: number;
  /** When a change became known that it lacks. */
  outdatedAt: number | undefined;
  /** Times it was served since it came into this process. */
  hits: number;
  /** For the eviction's second chance. */
  used: boolean;
}

export const FOLLOWS_NONE = -1;

export function toEntry(stored: StoredEntry, freshMs: number): CacheEntry {
  return { ...stored, freshMs, epoch: FOLLOWS_NONE, outdatedAt: undefined, hits: 0, used: false };
}

const FORMAT = 'B1';
const NEWLINE = 0x0a;
/** Written for an empty field: fields are parted by single spaces. */
const NONE = '-';

/** One line of facts, then the bytes. The version stands first: the shared layer compares it without reading on. */
export function encodeEntry(entry: StoredEntry): Buffer {
  const { body, etag, version, asOf, tags, agesOnly } = entry;
  const facts = [FORMAT, version, asOf, agesOnly ? 'a' : 'f', body === undefined ? 'none' : 'some', etag || NONE, tags.join(',') || NONE].join(' ');
  const head = Buffer.from(`${facts}\n`, 'utf8');
  return body === undefined ? head : Buffer.concat([head, body]);
}

/** @returns undefined for bytes that are none of ours, which then count as a miss */
export function decodeEntry(bytes: Buffer): StoredEntry | undefined {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) return undefined;
  const [format, version, asOf, follows, present, etag, tags] = bytes.toString('utf8', 0, end).split(' ');
  if (format !== FORMAT || etag === undefined || tags === undefined) return undefined;
  const [versionNumber, asOfMs] = [Number(version), Number(asOf)];
  if (!Number.isSafeInteger(versionNumber) || !Number.isSafeInteger(asOfMs)) return undefined;
  return {
    body: present === 'some' ? bytes.subarray(end + 1) : undefined,
    etag: etag === NONE ? '' : etag,
    version: versionNumber,
    asOf: asOfMs,
    tags: tags === NONE ? [] : tags.split(','),
    agesOnly: follows === 'a',
  };
}
