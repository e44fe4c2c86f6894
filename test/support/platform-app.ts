import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Injectable, Module, type CanActivate, type ExecutionContext, type Provider, type Type } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { ConfigModule } from '../../src/platform/config/index.js';
import { DatabaseModule } from '../../src/platform/database/index.js';
import { FailpointsModule } from '../../src/platform/failpoints/index.js';
import { ProblemFilter } from '../../src/platform/http/problem.filter.js';
import { RouteTable } from '../../src/platform/http/route-table.js';
import { registerBodyParser } from '../../src/platform/http/server-hooks.js';
import { createValidationPipe } from '../../src/platform/http/validation.js';
import { IdempotencyModule } from '../../src/platform/idempotency/index.js';
import { setCaller } from '../../src/platform/identity/caller.js';
import { ObservabilityModule, logger } from '../../src/platform/observability/index.js';
import { OutboxModule } from '../../src/platform/outbox/index.js';
import { RetentionModule } from '../../src/platform/retention/index.js';
import { startBackgroundTasks } from '../../src/platform/runtime/index.js';
import { ApiClient } from './api-client.js';
import { testServices } from './services.js';

/** Accepts any claimed account: identity has tests of its own. */
@Injectable()
class BelievingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const accountId = request.headers['x-account'];
    if (typeof accountId === 'string') setCaller(request, { accountId, sessionId: randomUUID(), roles: ['customer'] });
    return true;
  }
}

/** One process of a small product that has the capabilities and a test's own routes and consumers. */
export class PlatformApp {
  readonly api: ApiClient;
  private stopTasks: () => Promise<void> = () => Promise.resolve();

  constructor(readonly nest: NestFastifyApplication) {
    this.api = new ApiClient(`http://127.0.0.1:${(nest.getHttpServer().address() as AddressInfo).port}`);
  }

  get<T>(token: Type<T>): T {
    return this.nest.get(token, { strict: false });
  }

  /** Runs relay, consumers and reapers too, as a worker does. */
  async work(): Promise<void> {
    this.stopTasks = await startBackgroundTasks(this.nest);
  }

  async stop(): Promise<void> {
    await this.stopTasks();
    await this.nest.close();
  }
}

export async function startPlatformApp(controllers: Type[], providers: Provider[] = []): Promise<PlatformApp> {
  Object.assign(process.env, testServices().environment, {
    BULWARK_DATA_DIR: testServices().dataDir,
    RATE_LIMIT_PER_ADDRESS: '1000000',
  });
  logger.level = 'silent';
  @Module({
    imports: [
      DiscoveryModule,
      ConfigModule,
      FailpointsModule,
      ObservabilityModule,
      DatabaseModule,
      RetentionModule,
      IdempotencyModule,
      OutboxModule,
    ],
    controllers,
    providers: [...providers, { provide: APP_GUARD, useClass: BelievingGuard }],
  })
  class Root {}
  const adapter = new FastifyAdapter();
  const nest = await NestFactory.create<NestFastifyApplication>(Root, adapter, {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  registerBodyParser(adapter.getInstance());
  nest.useGlobalPipes(createValidationPipe());
  nest.useGlobalFilters(new ProblemFilter(new RouteTable()));
  await nest.listen(0, '127.0.0.1');
  return new PlatformApp(nest);
}
