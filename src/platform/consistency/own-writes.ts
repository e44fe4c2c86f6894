import { Injectable } from '@nestjs/common';
import { resultOrLate } from '../background/index.js';
import { deriveKey, InjectConfig, type Config } from '../config/index.js';
import { later, PrimaryWatch, reader, type WalPosition } from '../database/index.js';
import { logger } from '../observability/index.js';
import { SharedRedis } from '../redis/index.js';
import { readToken, writeToken } from './consistency-token.js';

/** Records live twice as long as a replica in the rotation may lag: by then it has replayed the write or left. */
const TTL_IN_LAGS = 2;
/** Every write asks the primary for its position. Without an answer in this time the position counts as unknown. */
const POSITION_TIMEOUT_MS = 500;
const PREFIX = 'bulwark:writes:';
/** A write whose position is unknown; sorts after every position. */
const UNKNOWN = '~';
/** Of two processes that write for one account, the later position stays, in whichever order they record. */
const KEEP_LATER = `local held = redis.call('GET', KEYS[1])
if held and held >= ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`;

/** The last recorded write of an account. */
type RecordedWrite =
  | { readonly kind: 'none' }
  | { readonly kind: 'position'; readonly position: WalPosition }
  | { readonly kind: 'unknown' };

/**
 * Records the WAL position of callers' writes, so that their next reads show them (ADR 012): in a token that they send
 * back, and per account for requests that carry only a session, from any device.
 */
@Injectable()
export class OwnWrites {
  private readonly key: Buffer;
  private readonly ttlMs: number;
  /** Until then writes may be missing from the record, since Redis did not answer. */
  private incompleteUntil = 0;

  constructor(
    @InjectConfig() config: Config,
    private readonly primary: PrimaryWatch,
    private readonly redis: SharedRedis,
  ) {
    this.key = deriveKey(config.secret, 'platform/consistency-token/v1');
    this.ttlMs = TTL_IN_LAGS * config.database.replicaLagMaxMs;
  }

  /** The life of a token. */
  get ttlSeconds(): number {
    return Math.ceil(this.ttlMs / 1_000);
  }

  /** Reads a presented token. @returns undefined for one that is forged, broken or expired */
  parse(token: string): { position: WalPosition; wroteCached: boolean } | undefined {
    return readToken(this.key, token, Date.now());
  }

  /** Makes the reads of the current request show what the account has written anywhere in the fleet. */
  async load(accountId: string): Promise<void> {
    const current = reader.getStore();
    current?.accounts.add(accountId);
    if (!current || current.onPrimary) return;
    const recorded = await this.readRecord(accountId);
    if (recorded.kind === 'unknown') current.onPrimary = true;
    if (recorded.kind === 'position')
      current.position = current.position ? later(current.position, recorded.position) : recorded.position;
  }

  /**
   * Records that the accounts have just written.
   * @returns the token for the caller; undefined when the position is unknown: then the accounts read from the primary
   * until the record expires
   */
  async record(accountIds: readonly string[], { wroteCached }: { wroteCached: boolean }): Promise<string | undefined> {
    const position = await this.currentPosition();
    const text = position ? toText(position) : UNKNOWN;
    await Promise.all(accountIds.map((accountId) => this.writeRecord(accountId, text)));
    return position && writeToken(this.key, { position, expiresAt: Date.now() + this.ttlMs, wroteCached });
  }

  private async currentPosition(): Promise<WalPosition | undefined> {
    try {
      return await resultOrLate(this.primary.position(), POSITION_TIMEOUT_MS, undefined);
    } catch (error) {
      logger.warn({ error }, 'The position of a write is unknown; its caller reads from the primary for a while.');
      return undefined;
    }
  }

  private async writeRecord(accountId: string, text: string): Promise<void> {
    try {
      await this.redis.client.eval(KEEP_LATER, 1, PREFIX + accountId, text, this.ttlMs);
    } catch {
      this.markIncomplete();
    }
  }

  private async readRecord(accountId: string): Promise<RecordedWrite> {
    try {
      const text = await this.redis.client.get(PREFIX + accountId);
      return Date.now() < this.incompleteUntil ? { kind: 'unknown' } : toRecordedWrite(text);
    } catch {
      this.markIncomplete();
      return { kind: 'unknown' };
    }
  }

  /**
   * While Redis does not answer, and until every replica has replayed the writes of that time, every session reads from
   * the primary.
   */
  private markIncomplete(): void {
    this.incompleteUntil = Date.now() + this.ttlMs;
  }
}

/** Fixed widths, so that the order of texts is the order of positions. */
const TIMELINE_DIGITS = 8;
const LSN_DIGITS = 16;

function toText({ timeline, lsn }: WalPosition): string {
  return timeline.toString(16).padStart(TIMELINE_DIGITS, '0') + lsn.toString(16).padStart(LSN_DIGITS, '0');
}

function toRecordedWrite(text: string | null): RecordedWrite {
  if (text === null) return { kind: 'none' };
  if (text.length !== TIMELINE_DIGITS + LSN_DIGITS) return { kind: 'unknown' };
  return {
    kind: 'position',
    position: {
      timeline: Number.parseInt(text.slice(0, TIMELINE_DIGITS), 16),
      lsn: BigInt(`0x${text.slice(TIMELINE_DIGITS)}`),
    },
  };
}
