import { Body, Controller, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent, presentNoContent } from '../../../platform/idempotency/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { LimitPerAddress } from '../../../platform/throttling/index.js';
import { RequestPasswordResetDto, ResetPasswordDto } from '../contract/password.dto.js';
import { presentResetRequested } from '../contract/password.presenter.js';
import { RequestPasswordReset } from '../passwords/request-password-reset.js';
import { ResetPassword } from '../passwords/reset-password.js';

@ApiTags('account')
@Controller('v1/password-resets')
export class PasswordResetsController {
  constructor(
    private readonly requestCase: RequestPasswordReset,
    private readonly resetCase: ResetPassword,
  ) {}

  @Post()
  @HttpCode(202)
  @LimitPerAddress({ name: 'password-reset', shareOfCoarse: 0.6, windowSeconds: 60 })
  @Idempotent({ presenter: presentResetRequested })
  @ApiOperation({ summary: 'Ask for a mail that lets you set a new password' })
  @ApiAcceptedResponse({ description: 'If the address has an account, a mail is on its way.' })
  requestPasswordReset(@Body() { email }: RequestPasswordResetDto): Promise<void> {
    return this.requestCase.execute(email);
  }

  @Put(':token')
  @HttpCode(204)
  @LimitPerAddress({ name: 'password-reset', shareOfCoarse: 0.6, windowSeconds: 60 })
  @Idempotent({ presenter: presentNoContent })
  @ApiOperation({ summary: 'Set a new password by the token of the mail; all sessions end' })
  @ApiNoContentResponse({ description: 'The password is set.' })
  @DescribesProblems('password_reset_invalid')
  resetPassword(@Param('token') token: string, @Body() { password }: ResetPasswordDto): Promise<void> {
    return this.resetCase.execute(token, password);
  }
}
