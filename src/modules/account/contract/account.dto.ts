import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, IsString, Length, MaxLength, MinLength } from 'class-validator';
import { ROLES } from '../../../platform/identity/index.js';
import { EMAIL_LENGTH_MAX } from '../domain/email-address.js';
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from '../domain/password-rules.js';

/** A character can take two units of a JavaScript string; the rule on code points follows. */
export const PASSWORD_UNITS_MAX = PASSWORD_LENGTH_MAX * 2;

export class SignUpDto {
  @ApiProperty({ type: String, format: 'email', maxLength: EMAIL_LENGTH_MAX, example: 'ada@example.com' })
  @MaxLength(EMAIL_LENGTH_MAX)
  @IsEmail({ allow_utf8_local_part: false })
  email: string;

  /** 12 to 128 characters, not in a list of known passwords; no other rule. */
  @ApiProperty({
    type: String,
    format: 'password',
    minLength: PASSWORD_LENGTH_MIN,
    maxLength: PASSWORD_LENGTH_MAX,
    example: 'an engine of analysis',
  })
  @IsString()
  @MinLength(PASSWORD_LENGTH_MIN)
  @MaxLength(PASSWORD_UNITS_MAX)
  password: string;

  @ApiProperty({ type: String, minLength: 1, maxLength: 100, example: 'Ada' })
  @IsString()
  @Length(1, 100)
  displayName: string;
}

export class ChangeProfileDto {
  @ApiProperty({ type: String, minLength: 1, maxLength: 100, example: 'Ada Lovelace' })
  @IsString()
  @Length(1, 100)
  displayName: string;
}

/** An account as its owner sees it. */
export class AccountDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, format: 'email', example: 'ada@example.com' })
  email: string;

  @ApiProperty({ type: String, example: 'Ada' })
  displayName: string;

  @ApiProperty({ enum: ROLES, isArray: true, example: ['customer'] })
  roles: string[];

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;
}
