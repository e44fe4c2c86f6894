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

/** The account, the address and the device of a login. */
export interface LoginAttempt {
  readonly emailNormalised: string;
  readonly address: string;
  /** The device cookie of the request; only one that was issued for this account counts. */
  readonly deviceCookie?: string | undefined;
}

/**
 * Limits failed logins by account name, known or not, and by source address. A device that has logged in to the
 * account before has a counter of its own: an attacker cannot lock the owner out.
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
   * Reserves one attempt, before the password is checked; it counts as failed until {@link reset}.
   * @throws Problem `login_backoff` while the account is blocked, `rate_limited` for an address that failed too often
   */
  async reserve(attempt: LoginAttempt): Promise<AttemptKeys> {
    const keys = this.keysOf(attempt);
    const decision = await this.attempts.reserve(keys, this.bounds);
    if (decision.kind === 'allowed') return keys;
    const retryAfterSeconds = decision.retryAfterMs / 1_000;
    accountMetrics.loginAttempts.inc({ outcome: decision.kind });
    throttlingMetrics.throttled.inc({ layer: decision.kind === 'blocked' ? 'account' : 'login-address' });
    if (decision.kind === 'blocked')
      throw AccountProblems.login_backoff('Too many logins to this account have failed.', { retryAfterSeconds });
    throw ThrottlingProblems.rate_limited('Too many logins from this address have failed.', { retryAfterSeconds });
  }

  /** The password was right: the counter of the account or the device starts at zero. */
  async reset(keys: AttemptKeys): Promise<void> {
    await this.attempts.succeed(keys);
  }

  /** Runs the password check of an attempt; when it fails (the bulkhead is full), the attempt does not count. */
  async verify(keys: AttemptKeys, check: () => Promise<boolean>): Promise<boolean> {
    try {
      return await check();
    } catch (error) {
      await this.attempts.release(keys);
      throw error;
    }
  }

  /** A cookie by which this account recognises the device from now on; a valid one is kept. */
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

  /** Keeps mail addresses out of Redis and its dumps. */
  private pseudonymise(text: string): string {
    return createHmac('sha256', this.nameKey).update(text).digest('base64url');
  }
}
