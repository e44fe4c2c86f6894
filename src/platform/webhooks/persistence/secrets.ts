import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectConfig, deriveKey, type Config } from '../../config/index.js';
import { seal, unseal } from '../../identity/index.js';

const SECRET_BYTES = 32;

/** Makes the secrets that sign, and seals them for storage with a key of their own. */
@Injectable()
export class Secrets {
  private readonly key: Buffer;

  constructor(@InjectConfig() config: Config) {
    this.key = deriveKey(config.secret, 'platform/webhook-secret/v1');
  }

  create(): { plain: Buffer; sealed: Buffer } {
    const plain = randomBytes(SECRET_BYTES);
    return { plain, sealed: seal(this.key, plain) };
  }

  open(sealed: Buffer): Buffer {
    return unseal(this.key, sealed);
  }
}
