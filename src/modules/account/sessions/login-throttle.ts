import { Injectable } from '@nestjs/common';
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { InjectConfig, deriveKey, type Config } from '../../../platform/config/index.js';
import {
  AttemptLimiter,
  ThrottlingProblems,
  sourceOf,
  type AttemptBounds,
  type AttemptKeys,
  throttlingMetrics,
} from '../../../platform/throttling/index.js';
import { accountMetrics } from '../account.metrics.js';
import { AccountProblems } from '../account.problems.js';
import { blockMsAfterFailures } from '../domain/login-backoff.js';

/** Who tries to log in, and from where. */
export interface LoginAttempt {
  readonly emailNormalised: string;
  readonly address: string;
  /** The device cookie as it came; only one that we gave to this account counts. */
  readonly deviceCookie?: string | undefined;
}

/**
 * Limits failed logins by account name, known or not, and by source address. A device that has logged in to the
 * account before has a counter of its own: an attacker never locks the owner out.
 */
@Injectable()
export class LoginThrottle {
  private readonly nameKey: Buffer;
  private readonly deviceKey: Buffer;
  private readonly bounds: AttemptBounds;

  constructor(
    @InjectConfig() config: Config,
    private readonly attempts: AttemptLimiter,
  ) {
    const { throttling } = config;
    this.nameKey = deriveKey(config.secret, 'account/login-subject/v1');
    this.deviceKey = deriveKey(config.secret, 'account/device-cookie/v1');
    this.bounds = {
      windowMs: throttling.loginWindowSeconds * 1_000,
      blockMsAfter: blockMsAfterFailures({
        backoffFrom: throttling.loginBackoffFrom,
        backoffMaxSeconds: throttling.loginBackoffMaxSeconds,
      }),
      sourceFailuresMax: throttling.loginAddressRefuseFrom,
    };
  }

  /**
   * Takes one attempt, before the password is looked at; it stands as failed until {@link reset}.
   * @throws Problem `login_backoff` while the account is blocked, `rate_limited` for an address that failed too often
   */
  async reserve(attempt: LoginAttempt): Promise<AttemptKeys> {
    const keys = this.keysOf(attempt);
    const verdict = await this.attempts.reserve(keys, this.bounds);
    if (verdict.kind === 'allowed') return keys;
    const retryAfterSeconds = verdict.retryAfterMs / 1_000;
    accountMetrics.loginAttempts.inc({ outcome: verdict.kind });
    throttlingMetrics.throttled.inc({ layer: verdict.kind === 'blocked' ? 'account' : 'login-address' });
    if (verdict.kind === 'blocked')
      throw AccountProblems.login_backoff('Too many logins to this account have failed.', { retryAfterSeconds });
    throw ThrottlingProblems.rate_limited('Too many logins from this address have failed.', { retryAfterSeconds });
  }

  /** The password was right: the account's or device's counter starts anew. */
  async reset(keys: AttemptKeys): Promise<void> {
    await this.attempts.succeed(keys);
  }

  /** Looks at the password of an attempt; when that could not be done (the lane is full), the attempt does not count. */
  async verify(keys: AttemptKeys, look: () => Promise<boolean>): Promise<boolean> {
    try {
      return await look();
    } catch (error) {
      await this.attempts.release(keys);
      throw error;
    }
  }

  /** A cookie by which the device is known to this account from now on; a living one is kept. */
  deviceCookieFor(emailNormalised: string, present: string | undefined): string {
    if (present && this.deviceIdOf(emailNormalised, present)) return present;
    const deviceId = randomUUID();
    return `${deviceId}.${this.signDevice(deviceId, emailNormalised)}`;
  }

  private keysOf({ emailNormalised, address, deviceCookie }: LoginAttempt): AttemptKeys {
    const deviceId = deviceCookie && this.deviceIdOf(emailNormalised, deviceCookie);
    return {
      subject: this.pseudonymise(deviceId ? `device ${deviceId} ${emailNormalised}` : `account ${emailNormalised}`),
      source: this.pseudonymise(`address ${sourceOf(address)}`),
    };
  }

  private deviceIdOf(emailNormalised: string, cookie: string): string | undefined {
    const [deviceId = '', signature = ''] = cookie.split('.');
    const expected = Buffer.from(this.signDevice(deviceId, emailNormalised));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected) ? deviceId : undefined;
  }

  private signDevice(deviceId: string, emailNormalised: string): string {
    return createHmac('sha256', this.deviceKey).update(`${deviceId} ${emailNormalised}`).digest('base64url');
  }

  /** Redis and its dumps need not know who logs in. */
  private pseudonymise(text: string): string {
    return createHmac('sha256', this.nameKey).update(text).digest('base64url');
  }
}
