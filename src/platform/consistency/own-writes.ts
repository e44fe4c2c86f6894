import { Injectable } from '@nestjs/common';
import { deriveKey, InjectConfig, type Config } from '../config/index.js';
import { later, PrimaryWatch, reader, type WalPosition } from '../database/index.js';
import { logger } from '../observability/index.js';
import { RedisConnection } from '../throttling/index.js';
import { readToken, writeToken } from './consistency-token.js';

/** Twice as long as a replica in the rotation may be behind: after that it has the write, or has left. */
const LAGS_REMEMBERED = 2;
/** Where a write went is asked by every write; a primary that says nothing for so long leaves the caller to the window. */
const POSITION_TIMEOUT_MS = 500;
const PREFIX = 'bulwark:writes:';
/** Stands for a write whose position nobody knows; in the order of text it comes after every position. */
const UNKNOWN = '~';
/** Of two processes that write for one account, the later position stays, whoever speaks last. */
const KEEP_LATER = `local held = redis.call('GET', KEYS[1])
if held and held >= ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`;

/** What is known of an account's writes. */
type Known =
  | { readonly kind: 'none' }
  | { readonly kind: 'position'; readonly position: WalPosition }
  | { readonly kind: 'unknown' };

/**
 * Remembers where callers have written, so that what they read next shows it (ADR 012): in a token that they bring back,
 * and by account for those who bring nothing but their session, on whatever device.
 */
@Injectable()
export class OwnWrites {
  private readonly key: Buffer;
  private readonly rememberedMs: number;
  /** Until then somebody may have written without being able to say so. */
  private silentUntil = 0;

  constructor(
    @InjectConfig() config: Config,
    private readonly primary: PrimaryWatch,
    private readonly redis: RedisConnection,
  ) {
    this.key = deriveKey(config.secret, 'platform/consistency-token/v1');
    this.rememberedMs = LAGS_REMEMBERED * config.database.replicaLagMaxMs;
  }

  /** How long a token is worth keeping. */
  get rememberedSeconds(): number {
    return Math.ceil(this.rememberedMs / 1_000);
  }

  /** What a presented token asks for; a foreign, broken or old one asks for nothing. */
  understand(token: string): { position: WalPosition; wroteCatalog: boolean } | undefined {
    return readToken(this.key, token, Date.now());
  }

  /** Makes the current request see what the account has written anywhere in the fleet. */
  async recall(accountId: string): Promise<void> {
    const asking = reader.getStore();
    asking?.accounts.add(accountId);
    if (!asking || asking.onPrimary) return;
    const known = await this.ask(accountId);
    if (known.kind === 'unknown') asking.onPrimary = true;
    if (known.kind === 'position')
      asking.position = asking.position ? later(asking.position, known.position) : known.position;
  }

  /**
   * Remembers for the account that it has just written.
   * @returns the token for its bearer; undefined when nobody knows where the write went: then its sessions read from the primary for a while
   */
  async remember(
    accountIds: readonly string[],
    { wroteCatalog }: { wroteCatalog: boolean },
  ): Promise<string | undefined> {
    const position = await this.whereNow();
    const text = position ? toText(position) : UNKNOWN;
    await Promise.all(accountIds.map((accountId) => this.note(accountId, text)));
    return position && writeToken(this.key, { position, expiresAt: Date.now() + this.rememberedMs, wroteCatalog });
  }

  private async whereNow(): Promise<WalPosition | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), POSITION_TIMEOUT_MS);
    });
    try {
      return await Promise.race([this.primary.position(), late]);
    } catch (error) {
      logger.warn({ error }, 'Where a write went is not known; its caller reads from the primary for a while.');
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  private async note(accountId: string, text: string): Promise<void> {
    try {
      await this.redis.client.eval(KEEP_LATER, 1, PREFIX + accountId, text, this.rememberedMs);
    } catch {
      this.wentSilent();
    }
  }

  private async ask(accountId: string): Promise<Known> {
    try {
      const text = await this.redis.client.get(PREFIX + accountId);
      return Date.now() < this.silentUntil ? { kind: 'unknown' } : toKnown(text);
    } catch {
      this.wentSilent();
      return { kind: 'unknown' };
    }
  }

  /** While the record is out of reach, and as long after as a write stays unseen, every session reads from the primary. */
  private wentSilent(): void {
    this.silentUntil = Date.now() + this.rememberedMs;
  }
}

/** Digits enough that the order of texts is the order of positions. */
const TIMELINE_DIGITS = 8;
const LSN_DIGITS = 16;

function toText({ timeline, lsn }: WalPosition): string {
  return timeline.toString(16).padStart(TIMELINE_DIGITS, '0') + lsn.toString(16).padStart(LSN_DIGITS, '0');
}

function toKnown(text: string | null): Known {
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
