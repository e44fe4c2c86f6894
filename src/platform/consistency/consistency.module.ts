import { Global, Module } from '@nestjs/common';
import { OwnWrites } from './own-writes.js';

/** Provides {@link OwnWrites} everywhere; the hooks come with the server. */
@Global()
@Module({ providers: [OwnWrites], exports: [OwnWrites] })
export class ConsistencyModule {}
