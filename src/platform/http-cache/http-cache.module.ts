import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CachedRoutes } from './cached-routes.js';
import { MemoryAnswers } from './memory-answers.js';

/** Provides {@link MemoryAnswers} everywhere, and refuses to start with a cached route without its cache. */
@Global()
@Module({ imports: [DiscoveryModule], providers: [CachedRoutes, MemoryAnswers], exports: [MemoryAnswers] })
export class HttpCacheModule {}
