import { Body, Controller, Delete, Get, HttpCode, Ip, Patch, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent, presentNoContent } from '../../../platform/idempotency/index.js';
import { Authenticated, CurrentCaller, type Caller } from '../../../platform/identity/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { ChangeProfile } from '../change-profile.js';
import { AccountDto, ChangeProfileDto } from '../contract/account.dto.js';
import { presentAccount, presentChangedAccount } from '../contract/account.presenter.js';
import { ChangePasswordDto } from '../contract/password.dto.js';
import { DeleteAccount } from '../delete-account.js';
import type { Account } from '../domain/account.js';
import { ChangePassword } from '../passwords/change-password.js';
import { ReadProfile } from '../read-profile.js';

@ApiTags('account')
@Authenticated()
@Controller('v1/me')
export class MeController {
  constructor(
    private readonly readCase: ReadProfile,
    private readonly changeCase: ChangeProfile,
    private readonly deleteCase: DeleteAccount,
    private readonly passwordCase: ChangePassword,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Your account' })
  @ApiOkResponse({ type: AccountDto })
  async readProfile(@CurrentCaller() caller: Caller): Promise<AccountDto> {
    return presentAccount(await this.readCase.execute(caller.accountId));
  }

  @Patch()
  @Idempotent({ presenter: presentChangedAccount })
  @ApiOperation({ summary: 'Change your account' })
  @ApiOkResponse({ type: AccountDto })
  changeProfile(@CurrentCaller() caller: Caller, @Body() body: ChangeProfileDto): Promise<Account> {
    return this.changeCase.execute(caller.accountId, body);
  }

  @Delete()
  @HttpCode(204)
  @Idempotent({ presenter: presentNoContent })
  @ApiOperation({ summary: 'Delete your account; payments stay, without your name' })
  @ApiNoContentResponse({ description: 'The account is gone and its sessions have ended.' })
  deleteAccount(@CurrentCaller() caller: Caller): Promise<void> {
    return this.deleteCase.execute(caller.accountId);
  }

  @Put('password')
  @HttpCode(204)
  @Idempotent({ presenter: presentNoContent })
  @ApiOperation({ summary: 'Change your password; your other sessions end' })
  @ApiNoContentResponse({ description: 'The password is changed.' })
  @DescribesProblems('invalid_credentials', 'login_backoff', 'rate_limited')
  changePassword(
    @CurrentCaller() caller: Caller,
    @Body() body: ChangePasswordDto,
    @Ip() address: string,
  ): Promise<void> {
    return this.passwordCase.execute(caller, { ...body, address });
  }
}
