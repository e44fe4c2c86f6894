import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  ThrottlerGuard,
  getOptionsToken,
  getStorageToken,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config/index.js';
import { rateLimitFields } from './rate-limit-fields.js';
import { sourceOf } from './source-of.js';
import { ThrottlingProblems } from './throttling.problems.js';
import { throttlingMetrics } from './throttling.metrics.js';

/** Metadata of the decorator. */
export const ROUTE_LIMIT = 'bulwark:route-limit';

/** A route's limit: a share of the coarse limit, so that raising that one for a measurement raises all. */
export interface RouteLimit {
  readonly name: string;
  /** Requests in the window, as a multiple of `RATE_LIMIT_PER_ADDRESS`. */
  readonly shareOfCoarse: number;
  readonly windowSeconds: number;
}

/**
 * The framework's guard with our key (the limit's name and the address, not the handler), our fields and our problem.
 */
@Injectable()
export class RouteLimitGuard extends ThrottlerGuard {
  constructor(
    @Inject(getOptionsToken()) options: ThrottlerModuleOptions,
    @Inject(getStorageToken()) storage: ThrottlerStorage,
    reflector: Reflector,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super(options, storage, reflector);
  }

  protected override async handleRequest({ context }: ThrottlerRequest): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { name, windowSeconds, limit } = this.limitOf(context);
    const windowMs = windowSeconds * 1_000;
    const hits = await this.storageService.increment(
      `${name}:${sourceOf(request.ip)}`,
      windowMs,
      limit,
      windowMs,
      name,
    );
    const fields = rateLimitFields({ name, limit, windowSeconds }, limit - hits.totalHits, hits.timeToExpire);
    if (hits.isBlocked) {
      throttlingMetrics.throttled.inc({ layer: 'route' });
      throw ThrottlingProblems.rate_limited('Too many requests of this kind come from this address.', {
        retryAfterSeconds: hits.timeToBlockExpire,
        headers: fields,
      });
    }
    context.switchToHttp().getResponse<FastifyReply>().headers(fields);
    return true;
  }

  private limitOf(context: ExecutionContext): RouteLimit & { limit: number } {
    const limit = this.reflector.get<RouteLimit>(ROUTE_LIMIT, context.getHandler());
    return {
      ...limit,
      limit: Math.max(1, Math.round(limit.shareOfCoarse * this.config.throttling.perAddressPerSecond)),
    };
  }
}
