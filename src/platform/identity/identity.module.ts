import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { RetainedTables } from '../retention/index.js';
import { AccessTokens } from './access-tokens.js';
import { JwksController } from './jwks.controller.js';
import { signingKeysRetention } from './signing-keys-retention.js';
import { SigningKeys } from './signing-keys.js';

/**
 * Provides token signing and verification everywhere; the context that owns sessions provides the {@link SESSION_GATE}.
 */
@Global()
@Module({ controllers: [JwksController], providers: [SigningKeys, AccessTokens], exports: [SigningKeys, AccessTokens] })
export class IdentityModule implements OnModuleInit {
  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly retained: RetainedTables,
  ) {}

  onModuleInit(): void {
    this.retained.declare(this.database, 'platform', signingKeysRetention);
  }
}
