import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../../../platform/idempotency/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { LimitPerAddress } from '../../../platform/throttling/index.js';
import { AccountDto, SignUpDto } from '../contract/account.dto.js';
import { presentNewAccount } from '../contract/account.presenter.js';
import type { Account } from '../domain/account.js';
import { SignUp } from '../sign-up.js';

@ApiTags('account')
@Controller('v1/accounts')
export class AccountsController {
  constructor(private readonly signUpCase: SignUp) {}

  @Post()
  @LimitPerAddress({ name: 'sign-up', shareOfCoarse: 6, windowSeconds: 60 })
  @Idempotent({ presenter: presentNewAccount })
  @ApiOperation({ summary: 'Open an account' })
  @ApiCreatedResponse({ type: AccountDto })
  @DescribesProblems('email_taken')
  signUp(@Body() body: SignUpDto): Promise<Account> {
    return this.signUpCase.execute(body);
  }
}
