import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, IsString, Length, MaxLength, MinLength } from 'class-validator';
import { EMAIL_LENGTH_MAX } from '../domain/email-address.js';
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from '../domain/password-rules.js';
import { PASSWORD_UNITS_MAX } from './account.dto.js';

export class ChangePasswordDto {
  @ApiProperty({ type: String, format: 'password' })
  @IsString()
  @Length(1, PASSWORD_UNITS_MAX)
  currentPassword: string;

  @ApiProperty({ type: String, format: 'password', minLength: PASSWORD_LENGTH_MIN, maxLength: PASSWORD_LENGTH_MAX })
  @IsString()
  @MinLength(PASSWORD_LENGTH_MIN)
  @MaxLength(PASSWORD_UNITS_MAX)
  newPassword: string;
}

export class RequestPasswordResetDto {
  @ApiProperty({ type: String, format: 'email', example: 'ada@example.com' })
  @MaxLength(EMAIL_LENGTH_MAX)
  @IsEmail({ allow_utf8_local_part: false })
  email: string;
}

export class ResetPasswordDto {
  @ApiProperty({ type: String, format: 'password', minLength: PASSWORD_LENGTH_MIN, maxLength: PASSWORD_LENGTH_MAX })
  @IsString()
  @MinLength(PASSWORD_LENGTH_MIN)
  @MaxLength(PASSWORD_UNITS_MAX)
  password: string;
}
