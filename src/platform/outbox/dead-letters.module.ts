import { Module } from '@nestjs/common';
import { DeadLettersController } from './dead-letters.controller.js';

/** Dead letters over HTTP. Apart from the outbox, which has to work where nobody signs in. */
@Module({ controllers: [DeadLettersController] })
export class DeadLettersModule {}
