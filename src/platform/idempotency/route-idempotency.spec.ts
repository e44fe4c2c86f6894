import 'reflect-metadata';
import { Controller, Delete, Get, Module, Patch, Post, Put } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { ExemptFromIdempotency } from './idempotent.decorator.js';
import { IdempotencyScan, ROUTE_IDEMPOTENCY, UnguardedRouteError } from './route-idempotency.js';

const mark = (target: object, name: string): void =>
  Reflect.defineMetadata(ROUTE_IDEMPOTENCY, { kind: 'idempotent' }, (target as Record<string, object>)[name] as object);

@Controller('v1/things')
class GuardedController {
  @Get()
  list(): void {}

  @Post()
  make(): void {}

  @Delete(':id')
  @ExemptFromIdempotency('What is gone cannot go again.')
  remove(): void {}
}
mark(GuardedController.prototype, 'make');

@Controller('v1/others')
class ForgottenController {
  @Put(':id')
  replace(): void {}

  @Patch([':id', ':id/name'])
  change(): void {}
}

async function scanOf(...controllers: (new () => object)[]): Promise<IdempotencyScan> {
  @Module({ imports: [DiscoveryModule], controllers, providers: [] })
  class Root {}
  @Module({ imports: [DiscoveryModule, Root] })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  const { DiscoveryService, MetadataScanner } = await import('@nestjs/core');
  return new IdempotencyScan(app.get(DiscoveryService, { strict: false }), app.get(MetadataScanner, { strict: false }));
}

describe('IdempotencyScan', () => {
  it('lets an application start whose state-changing routes are idempotent or exempt in writing', async () => {
    const scan = await scanOf(GuardedController);
    expect(() => scan.onApplicationBootstrap()).not.toThrow();
    expect(scan.routes()).toEqual([
      { method: 'POST', path: '/v1/things', handler: 'GuardedController.make', idempotency: { kind: 'idempotent' } },
      {
        method: 'DELETE',
        path: '/v1/things/:id',
        handler: 'GuardedController.remove',
        idempotency: { kind: 'exempt', reason: 'What is gone cannot go again.' },
      },
    ]);
  });

  it('refuses to start with routes that have neither decorator, naming each and the repair', async () => {
    const scan = await scanOf(GuardedController, ForgottenController);
    expect(() => scan.onApplicationBootstrap()).toThrow(UnguardedRouteError);
    expect(() => scan.onApplicationBootstrap()).toThrow(
      /PUT \/v1\/others\/:id \(ForgottenController\.replace\)[\s\S]*PATCH|PATCH[\s\S]*PUT \/v1\/others\/:id/,
    );
    expect(() => scan.onApplicationBootstrap()).toThrow(/@Idempotent\(\{ presenter \}\), or @ExemptFromIdempotency/);
    expect(
      scan
        .routes()
        .filter((route) => !route.idempotency)
        .map((route) => route.path),
    ).toEqual(['/v1/others/:id', '/v1/others/:id', '/v1/others/:id/name']);
  });
});
