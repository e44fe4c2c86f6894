import type { Server } from 'node:http';
import type { Type } from '@nestjs/common';
import { DiscoveryService, NestFactory } from '@nestjs/core';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/index.js';
import { OwnWrites, registerConsistencyHooks } from '../consistency/index.js';
import { serveDocumentation } from '../documentation/index.js';
import { MemoryAnswers, answerFromMemory } from '../http-cache/index.js';
import { CoarseLimit } from '../throttling/index.js';
import { addressReader } from './address-reader.js';
import { FrameworkLogger } from './framework-logger.js';
import { ProblemFilter } from './problem.filter.js';
import { requestIdFrom } from './request-identity.js';
import { RouteTable } from './route-table.js';
import { SECURITY_HEADERS, registerBodyParser, registerServerHooks } from './server-hooks.js';
import { serverOptions } from './server-options.js';
import { createValidationPipe } from './validation.js';

/**
 * Builds the HTTP application around a root module: server hooks first, then validation, problems and
 * documentation. Does not listen.
 */
export async function createHttpApp(rootModule: Type, config: Config): Promise<NestFastifyApplication> {
  const routes = new RouteTable();
  const adapter = new FastifyAdapter(serverOptions(config));
  let modules: ReadonlyMap<string, string> = new Map();
  const limit = new CoarseLimit(config.throttling);
  registerServerHooks(adapter.getInstance(), { routes, limit, moduleOf: (route) => moduleOfRoute(modules, route) });
  const app = await NestFactory.create<NestFastifyApplication>(rootModule, adapter, {
    bodyParser: false,
    logger: new FrameworkLogger(),
    abortOnError: false,
  });
  registerBodyParser(adapter.getInstance());
  app.useGlobalPipes(createValidationPipe());
  app.useGlobalFilters(new ProblemFilter(routes));
  modules = modulesByPath(app);
  registerConsistencyHooks(adapter.getInstance(), {
    writes: app.get(OwnWrites, { strict: false }),
    secure: config.environment === 'production',
  });
  serveDocumentation(app);
  await app.init();
  await adapter.getInstance().ready();
  answerFromMemory({
    server: app.getHttpServer() as Server,
    answers: app.get(MemoryAnswers, { strict: false }),
    limit,
    headers: SECURITY_HEADERS,
    requestIdOf: requestIdFrom,
    addressOf: addressReader(config.http.trustedProxies),
  });
  return app;
}

/** Which module each controller's path belongs to, so that metrics can name it. */
function modulesByPath(app: NestFastifyApplication): ReadonlyMap<string, string> {
  const controllers = app.get(DiscoveryService, { strict: false }).getControllers();
  return new Map(
    controllers.map(({ metatype, host }) => {
      const path = String(Reflect.getMetadata(PATH_METADATA, metatype ?? Object) ?? '');
      return [`/${path}`, (host?.name ?? 'platform').replace(/Module$/, '').toLowerCase()];
    }),
  );
}

function moduleOfRoute(modules: ReadonlyMap<string, string>, route: string | undefined): string {
  for (let path = route ?? ''; path.length > 1; path = path.slice(0, path.lastIndexOf('/'))) {
    const module = modules.get(path);
    if (module) return module;
  }
  return 'platform';
}
