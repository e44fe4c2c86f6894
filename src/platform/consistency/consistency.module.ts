import { Global, Module } from '@nestjs/common';
import { OwnWrites } from './own-writes.js';

/** Provides {@link OwnWrites} everywhere; the server registers the hooks. */
@Global()
@Module({ providers: [OwnWrites], exports: [OwnWrites] })
export class ConsistencyModule {}
