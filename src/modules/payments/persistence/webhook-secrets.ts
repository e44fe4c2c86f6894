import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectConfig, deriveKey, type Config } from '../../../platform/config/index.js';
import { seal, unseal } from '../../../platform/identity/index.js';

const SECRET_BYTES = 32;

/** Secrets of partners: made here, and sealed wherever they are kept. */
@Injectable()
export class WebhookSecrets {
  private readonly key: Buffer;

  constructor(@InjectConfig() config: Config) {
    this.key = deriveKey(config.secret, 'payments/webhook-secret/v1');
  }

  create(): { plain: Buffer; sealed: Buffer } {
    const plain = randomBytes(SECRET_BYTES);
    return { plain, sealed: seal(this.key, plain) };
  }

  open(sealed: Buffer): Buffer {
    return unseal(this.key, sealed);
  }
}
