import { Injectable } from '@nestjs/common';
import { Algorithm, hash, verify } from '@node-rs/argon2';
import { dictionary } from '@zxcvbn-ts/language-common';
import { Bulkhead } from '../../../platform/background/index.js';
import { InjectConfig, type Config } from '../../../platform/config/index.js';
import { HttpProblems } from '../../../platform/problems/index.js';
import { normalisePassword, refusePassword } from '../domain/password-rules.js';

/** argon2id at OWASP's setting: 19 MiB, two passes, one thread. */
const HASHING = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const breached: ReadonlySet<string> = new Set(dictionary['passwords-common'] as string[]);

/** Hashes and checks passwords in a bulkhead: an attack on the login cannot take the payments' processor time. */
@Injectable()
export class Passwords {
  private readonly bulkhead: Bulkhead;
  /** Checked instead of the hash of a missing account, so that both answers take the same time. */
  private readonly decoyHash: Promise<string>;

  constructor(@InjectConfig() config: Config) {
    this.bulkhead = new Bulkhead({
      name: 'password checks',
      concurrencyMax: config.identity.passwordHashConcurrency,
      queueMax: config.identity.passwordHashQueueMax,
    });
    this.decoyHash = hash('the password of no account', HASHING);
  }

  /** @throws Problem `validation_failed` for a password that is too short, too long or in a list of known ones */
  assertAcceptable(password: string, email: string, pointer = '/password'): void {
    const refusal = refusePassword(password, { email, isBreached: (candidate) => breached.has(candidate) });
    if (refusal)
      throw HttpProblems.validation_failed('The password is not acceptable.', {
        errors: [{ pointer, message: `password ${refusal}` }],
      });
  }

  /** @throws Problem `unavailable` when the queue is full */
  async hash(password: string): Promise<string> {
    return this.bulkhead.run(() => hash(normalisePassword(password), HASHING));
  }

  /** Takes as long for a missing account (no hash). @throws Problem `unavailable` when the queue is full */
  async isRight(password: string, passwordHash: string | undefined): Promise<boolean> {
    const against = passwordHash ?? (await this.decoyHash);
    const right = await this.bulkhead.run(() => verify(against, normalisePassword(password)));
    return right && passwordHash !== undefined;
  }
}
