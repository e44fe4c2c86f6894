import { Body, Controller, Delete, HttpCode, Ip, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ExemptFromIdempotency } from '../../../platform/idempotency/index.js';
import { Authenticated, CurrentCaller, type Caller } from '../../../platform/identity/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { LogInDto, RefreshSessionDto, SessionDto } from '../contract/session.dto.js';
import { presentSession } from '../contract/session.presenter.js';
import { EndSession } from '../sessions/end-session.js';
import { LogIn } from '../sessions/log-in.js';
import { RefreshSession } from '../sessions/refresh-session.js';
import { deviceCookieOf, setDeviceCookie } from './device-cookie.js';

@ApiTags('account')
@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly logInCase: LogIn,
    private readonly refreshCase: RefreshSession,
    private readonly endCase: EndSession,
  ) {}

  @Post()
  @ExemptFromIdempotency('The answer holds secrets that must not be stored, and a repeated login is another session.')
  @ApiOperation({ summary: 'Log in' })
  @ApiCreatedResponse({ type: SessionDto })
  @DescribesProblems('invalid_credentials', 'login_backoff', 'rate_limited')
  async logIn(
    @Body() { email, password }: LogInDto,
    @Ip() address: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    const { session, deviceCookie } = await this.logInCase.execute({
      email,
      password,
      address,
      deviceCookie: deviceCookieOf(request),
    });
    setDeviceCookie(reply, deviceCookie);
    return presentSession(session);
  }

  @Post('refresh')
  @ExemptFromIdempotency('The answer holds secrets that must not be stored; a refresh token works once by itself.')
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens' })
  @ApiCreatedResponse({ type: SessionDto })
  @DescribesProblems('refresh_token_invalid')
  async refreshSession(@Body() { refreshToken }: RefreshSessionDto): Promise<SessionDto> {
    return presentSession(await this.refreshCase.execute(refreshToken));
  }

  @Delete('current')
  @HttpCode(204)
  @Authenticated()
  @ExemptFromIdempotency('Ending a session that has ended changes nothing.')
  @ApiOperation({ summary: 'Log out' })
  @ApiNoContentResponse({ description: 'The session has ended; its tokens no longer work.' })
  endSession(@CurrentCaller() caller: Caller): Promise<void> {
    return this.endCase.execute(caller.sessionId);
  }
}
