import { Global, Module } from '@nestjs/common';
import { Caches } from './caches.js';

/** Provides {@link Caches} everywhere. */
@Global()
@Module({ providers: [Caches], exports: [Caches] })
export class CacheModule {}
