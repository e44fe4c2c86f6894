import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsEmail, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { EMAIL_LENGTH_MAX } from '../domain/email-address.js';
import { AccountDto, PASSWORD_UNITS_MAX } from './account.dto.js';

const CAPTCHA_LENGTH_MAX = 4_096;
const REFRESH_TOKEN_LENGTH_MAX = 256;

export class LogInDto {
  @ApiProperty({ type: String, format: 'email', example: 'ada@example.com' })
  @MaxLength(EMAIL_LENGTH_MAX)
  @IsEmail({ allow_utf8_local_part: false })
  email: string;

  @ApiProperty({ type: String, format: 'password', example: 'an engine of analysis' })
  @IsString()
  @Length(1, PASSWORD_UNITS_MAX)
  password: string;

  /** The solution of a challenge, when one was asked for. */
  @ApiPropertyOptional({ type: String, maxLength: CAPTCHA_LENGTH_MAX })
  @IsOptional()
  @IsString()
  @MaxLength(CAPTCHA_LENGTH_MAX)
  captcha?: string;
}

export class RefreshSessionDto {
  @ApiProperty({ type: String })
  @IsString()
  @Length(1, REFRESH_TOKEN_LENGTH_MAX)
  refreshToken: string;
}

/** Tokens of a session: the access token is short-lived, the refresh token works once. */
export class SessionDto {
  @ApiProperty({ type: String })
  accessToken: string;

  @ApiProperty({ type: String, enum: ['Bearer'] })
  tokenType: 'Bearer';

  /** Seconds until the access token runs out. */
  @ApiProperty({ type: 'integer', example: 600 })
  expiresIn: number;

  @ApiProperty({ type: String })
  refreshToken: string;

  @ApiProperty({ type: () => AccountDto })
  account: AccountDto;
}
