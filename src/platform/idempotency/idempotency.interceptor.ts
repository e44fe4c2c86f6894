import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { InjectConfig, type Config } from '../config/index.js';
import { callerOf } from '../identity/index.js';
import { instanceOf } from '../problems/index.js';
import { readIdempotencyKey } from './idempotency-key.js';
import type { AskedKey } from './idempotency-keys.js';
import { IdempotentRequests, type Work } from './idempotent-requests.js';
import { fingerprintKey, fingerprintOf } from './request-fingerprint.js';
import { ROUTE_IDEMPOTENCY, type IdempotentRoute } from './route-idempotency.js';
import { present, type StoredAnswer } from './stored-answer.js';

const ANONYMOUS = 'anonymous';

/** Runs between the guards, which authenticate the caller, and the handler, which does the work. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly key: Buffer;

  constructor(
    @InjectConfig() config: Config,
    private readonly requests: IdempotentRequests,
    private readonly reflector: Reflector,
  ) {
    this.key = fingerprintKey(config.secret);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const { presenter, recoverable } = this.routeOf(context);
    const execute: Work = async () => {
      const result: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      return () => present(presenter, result);
    };
    return from(this.perform({ ...this.askedKey(request), presenter, recoverable }, reply, execute));
  }

  private async perform(asked: AskedKey, reply: FastifyReply, execute: Work): Promise<Buffer> {
    const { answer, outcome } = await this.requests.perform(asked, execute);
    if (outcome === 'replayed' || outcome === 'waited') reply.header('idempotency-replayed', 'true');
    return send(reply, answer);
  }

  private routeOf(context: ExecutionContext): IdempotentRoute {
    return this.reflector.get<IdempotentRoute>(ROUTE_IDEMPOTENCY, context.getHandler());
  }

  private askedKey(request: FastifyRequest): Omit<AskedKey, 'presenter' | 'recoverable'> {
    const route = request.routeOptions.url ?? '';
    const caller = callerOf(request)?.accountId ?? ANONYMOUS;
    return {
      scope: `${caller} ${request.method} ${route}`,
      key: readIdempotencyKey(request.raw.rawHeaders),
      fingerprint: fingerprintOf(this.key, {
        method: request.method,
        route,
        parameters: request.params,
        query: request.query,
        body: request.body,
      }),
      instance: instanceOf(request.url, route),
    };
  }
}

/**
 * The framework sends a Buffer as it is and leaves the status that is set here, also where `@HttpCode` named another.
 */
function send(reply: FastifyReply, { status, headers, body }: StoredAnswer): Buffer {
  reply.status(status).headers(headers);
  return body;
}
