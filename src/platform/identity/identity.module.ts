import { Global, Module } from '@nestjs/common';
import { AccessTokens } from './access-tokens.js';
import { JwksController } from './jwks.controller.js';
import { SigningKeys } from './signing-keys.js';

/**
 * Provides token signing and verification everywhere; the context that owns sessions provides the {@link SESSION_GATE}.
 */
@Global()
@Module({ controllers: [JwksController], providers: [SigningKeys, AccessTokens], exports: [SigningKeys, AccessTokens] })
export class IdentityModule {}
