import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { JwksDto } from './jwks.dto.js';
import { SigningKeys } from './signing-keys.js';

/** The public keys that our access tokens are verified with (RFC 7517). */
@ApiTags('identity')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @Header('cache-control', 'public, max-age=60')
  @ApiOperation({ summary: 'Public keys of the access tokens' })
  @ApiOkResponse({ type: JwksDto })
  async listSigningKeys(): Promise<JwksDto> {
    return { keys: (await this.keys.published()) as JwksDto['keys'] };
  }
}
