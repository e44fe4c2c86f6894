import { Injectable } from '@nestjs/common';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { InjectConfig, deriveKey, type Config } from '../config/index.js';
import { ContextDatabase, InjectDatabase, type Transaction } from '../database/index.js';
import { seal, unseal } from './seal.js';

/** A key that signs and verifies tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly publicKey: KeyObject;
  /** Only the newest key signs. */
  readonly privateKey: KeyObject;
}

interface Row {
  kid: string;
  public_jwk: JWK;
  private_key_sealed: Buffer;
}

/** Every process uses a rotated key within this time. */
const RELOAD_AFTER_MS = 2_000;
/**
 * Unknown key ids are looked up at most this often, all in one query, so that forged ids cannot overload the database.
 */
const UNKNOWN_KID_RELOAD_MS = 100;
const ROTATION_LOCK = 2_859_276;

/**
 * The fleet's token-signing keys: made on first need, rotated without a restart, retired when their tokens have
 * expired.
 */
@Injectable()
export class SigningKeys {
  private readonly sealingKey: Buffer;
  private readonly overlapSeconds: number;
  private keys: readonly SigningKey[] = [];
  private loadedAt = 0;
  private loading: Promise<void> | undefined;
  private nextLoad: Promise<void> | undefined;
  private loadsStarted = 0;
  private latestLoad = 0;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('platform') private readonly database: ContextDatabase,
  ) {
    this.sealingKey = deriveKey(config.secret, 'identity/signing-key-seal/v1');
    this.overlapSeconds = config.identity.accessTokenTtlSeconds + 60;
  }

  /** The key that signs now. */
  async current(): Promise<SigningKey> {
    await this.refresh(RELOAD_AFTER_MS);
    const [newest] = this.keys;
    if (newest) return newest;
    await this.database.transaction((tx) => this.createFirst(tx));
    await this.load();
    return this.keys[0] as SigningKey;
  }

  /** @returns undefined for an id that is unknown or whose key has expired */
  async find(kid: string): Promise<SigningKey | undefined> {
    await this.refresh(RELOAD_AFTER_MS);
    const known = this.keys.find((key) => key.kid === kid);
    if (known) return known;
    // Another process may have signed with a key that is newer than the last load: only a load from now on decides.
    await this.reload();
    return this.keys.find((key) => key.kid === kid);
  }

  /** Public keys that tokens may still be verified with, the signing one first. */
  async published(): Promise<JWK[]> {
    await this.current();
    return this.keys.map((key) => key.publicJwk);
  }

  /** Makes a new signing key; the old ones verify until their last token has expired. @returns the new key's id */
  async rotate(): Promise<string> {
    const kid = await this.database.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [ROTATION_LOCK]);
      await tx.query('UPDATE platform.signing_keys SET retired_at = now() WHERE retired_at IS NULL');
      return this.insertKey(tx);
    });
    await this.load();
    return kid;
  }

  private async createFirst(tx: Transaction): Promise<void> {
    // Several processes may start at once: the lock lets one make the key and the others find it.
    await tx.query('SELECT pg_advisory_xact_lock($1)', [ROTATION_LOCK]);
    const present: unknown[] = await tx.query('SELECT 1 FROM platform.signing_keys WHERE retired_at IS NULL');
    if (present.length === 0) await this.insertKey(tx);
  }

  private async insertKey(tx: Transaction): Promise<string> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' }) as JWK;
    const kid = await calculateJwkThumbprint(jwk);
    const sealed = seal(this.sealingKey, privateKey.export({ format: 'der', type: 'pkcs8' }));
    const publicJwk = { ...jwk, kid, alg: 'ES256', use: 'sig' };
    await tx.query('INSERT INTO platform.signing_keys (kid, public_jwk, private_key_sealed) VALUES ($1, $2, $3)', [
      kid,
      JSON.stringify(publicJwk),
      sealed,
    ]);
    return kid;
  }

  private async refresh(maxAgeMs: number): Promise<void> {
    // Another request has begun the first load: without any key, wait for it.
    if (Date.now() - this.loadedAt < maxAgeMs) return this.keys.length > 0 ? undefined : this.loading;
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    // Keys at hand still verify while the database is away.
    if (this.keys.length > 0) await this.loading.catch(() => undefined);
    else await this.loading;
  }

  /** A load that has not begun yet; all callers in the meantime share it. */
  private async reload(): Promise<void> {
    this.nextLoad ??= this.loadInTurn();
    await this.nextLoad;
  }

  private async loadInTurn(): Promise<void> {
    await setTimeout(Math.max(0, this.loadedAt + UNKNOWN_KID_RELOAD_MS - Date.now()));
    this.nextLoad = undefined;
    await this.load();
  }

  private async load(): Promise<void> {
    const turn = ++this.loadsStarted;
    this.loadedAt = Date.now();
    const rows: Row[] = await this.database.primary.query(
      `SELECT kid, public_jwk, private_key_sealed FROM platform.signing_keys
       WHERE retired_at IS NULL OR retired_at > now() - make_interval(secs => $1)
       ORDER BY retired_at IS NOT NULL, created_at DESC`,
      [this.overlapSeconds],
    );
    // A later load has already finished: this answer is older than the keys at hand.
    if (turn < this.latestLoad) return;
    this.latestLoad = turn;
    this.keys = rows.map((row) => this.keys.find((key) => key.kid === row.kid) ?? this.open(row));
  }

  private open(row: Row): SigningKey {
    const privateKey = createPrivateKey({
      key: unseal(this.sealingKey, row.private_key_sealed),
      format: 'der',
      type: 'pkcs8',
    });
    return { kid: row.kid, publicJwk: row.public_jwk, publicKey: createPublicKey(privateKey), privateKey };
  }
}
