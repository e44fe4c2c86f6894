import { ApiProperty } from '@nestjs/swagger';

/** A public key (RFC 7517). */
export class JwkDto {
  @ApiProperty({ type: String, example: 'EC' })
  kty: string;

  @ApiProperty({ type: String, example: 'P-256' })
  crv: string;

  @ApiProperty({ type: String })
  x: string;

  @ApiProperty({ type: String })
  y: string;

  /** Names the key; an access token's header carries it. */
  @ApiProperty({ type: String })
  kid: string;

  @ApiProperty({ type: String, example: 'ES256' })
  alg: string;

  @ApiProperty({ type: String, example: 'sig' })
  use: string;
}

/** The key that signs now, then those whose tokens have not run out. */
export class JwksDto {
  @ApiProperty({ type: () => [JwkDto] })
  keys: JwkDto[];
}
