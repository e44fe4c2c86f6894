import { ApiProperty } from '@nestjs/swagger';

/** Where to go from here; relative to this address. */
export class FrontPageLinksDto {
  /** The OpenAPI document. */
  @ApiProperty({ type: String, example: '/openapi.json' })
  openapi: string;

  /** The same to read and to try. */
  @ApiProperty({ type: String, example: '/docs' })
  docs: string;

  /** Every problem that an answer may be. */
  @ApiProperty({ type: String, example: '/problems' })
  problems: string;

  /** The keys that verify access tokens (RFC 7517). */
  @ApiProperty({ type: String, example: '/.well-known/jwks.json' })
  keys: string;
}

/** What answers at this address. */
export class FrontPageDto {
  @ApiProperty({ type: String, example: 'Bulwark' })
  name: string;

  /** The version of the build. */
  @ApiProperty({ type: String, example: '1.0.0' })
  version: string;

  @ApiProperty({ type: () => FrontPageLinksDto })
  links: FrontPageLinksDto;
}
