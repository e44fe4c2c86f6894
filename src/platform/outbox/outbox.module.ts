import { Global, Module } from '@nestjs/common';
import { EventConsumers } from './event-consumers.js';
import { Outbox } from './outbox.js';
import { RelayNudge } from './relay-nudge.js';

/** Events out of the database and into their consumers. */
@Global()
@Module({ providers: [Outbox, EventConsumers, RelayNudge], exports: [Outbox, EventConsumers] })
export class OutboxModule {}
