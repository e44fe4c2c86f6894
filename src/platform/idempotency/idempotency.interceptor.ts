import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { InjectConfig, type Config } from '../config/index.js';
import { callerOf } from '../identity/index.js';
import { instanceOf } from '../problems/index.js';
import { readIdempotencyKey } from './idempotency-key.js';
import type { AskedKey } from './idempotency-keys.js';
import { IdempotentRequests } from './idempotent-requests.js';
import { fingerprintKey, fingerprintOf } from './request-fingerprint.js';
import { ROUTE_IDEMPOTENCY, type RouteIdempotency } from './route-idempotency.js';
import { toStoredAnswer } from './stored-answer.js';

const ANONYMOUS = 'anonymous';
/** Headers of the handler's that belong to its answer and are replayed. */
const CHOSEN_HEADERS = ['location', 'etag'] as const;

/** Stands between the guards, which know the caller, and the handler, which does the work. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly key: Buffer;
  private readonly isDefended: boolean;

  constructor(
    @InjectConfig() config: Config,
    private readonly requests: IdempotentRequests,
    private readonly reflector: Reflector,
  ) {
    this.key = fingerprintKey(config.secret);
    this.isDefended = config.idempotency.defence === 'on';
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!this.isDefended) return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(this.perform(this.askedKey(request, context.getHandler()), reply, next));
  }

  private async perform(asked: AskedKey, reply: FastifyReply, next: CallHandler): Promise<Buffer> {
    const { answer, outcome } = await this.requests.perform(asked, async () => {
      const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      return toStoredAnswer({ status: reply.statusCode, body, headers: chosenHeaders(reply) });
    });
    if (outcome === 'replayed' || outcome === 'waited') reply.header('idempotency-replayed', 'true');
    // The framework sends a Buffer as it is and leaves a status that is set already.
    reply.status(answer.status).headers(answer.headers);
    return answer.body;
  }

  private askedKey(request: FastifyRequest, handler: ReturnType<ExecutionContext['getHandler']>): AskedKey {
    const route = request.routeOptions.url ?? '';
    const rule = this.reflector.get<RouteIdempotency>(ROUTE_IDEMPOTENCY, handler);
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
      recoverable: rule.kind === 'idempotent' && rule.recoverable,
    };
  }
}

function chosenHeaders(reply: FastifyReply): Record<string, string> {
  const chosen = CHOSEN_HEADERS.map((name) => [name, reply.getHeader(name)] as const);
  return Object.fromEntries(
    chosen.filter((entry): entry is readonly [(typeof CHOSEN_HEADERS)[number], string] => typeof entry[1] === 'string'),
  );
}
